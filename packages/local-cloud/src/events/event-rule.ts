import { account, type Cloud, type ResourceKind, region } from '../wire/cloud.ts';
import { parsePattern } from './event-filter.ts';
import { type EventTarget, eventTarget } from './event-target.ts';
import { busEvent, type Events } from './events.ts';
import { runSchedule } from './schedule-clock.ts';
import { parseSchedule } from './schedule-expression.ts';

/** How a target is retried until it takes an event: functions and queues of this machine always take it. */
const harmlessOfTargets = ['RetryPolicy', 'DeadLetterConfig'];

const rule: ResourceKind = {
  type: 'AWS::Events::Rule',
  honoured: [
    'EventBusName',
    'EventPattern',
    'Name',
    'ScheduleExpression',
    'State',
    ...['Arn', 'Id', 'Input', 'InputPath', 'InputTransformer'].map((name) => `Targets.${name}`),
  ],
  harmless: ['Description', 'RoleArn', 'Tags', ...harmlessOfTargets.map((name) => `Targets.${name}`)],
  create({ properties, logicalId }, cloud) {
    const { EventBusName = 'default', EventPattern, ScheduleExpression, State = 'ENABLED' } = properties;
    if (!/^(default|arn:.*:event-bus\/default)$/.test(EventBusName)) {
      throw new Error(`EventBusName is ${EventBusName}; the local cloud has the default bus only`);
    }
    const events = eventsOf(cloud);
    const name: string = properties.Name ?? logicalId;
    const arn = `arn:aws:events:${region}:${account}:rule/${name}`;
    const targets: EventTarget[] = (properties.Targets ?? []).map(eventTarget);
    const schedule = ScheduleExpression === undefined ? undefined : parseSchedule(ScheduleExpression);
    let end = () => {};
    if (EventPattern && State !== 'DISABLED')
      events.addRule({ pattern: parsePattern(EventPattern), targets });
    return {
      ref: name,
      attributes: { Arn: arn },
      start() {
        if (!schedule || State === 'DISABLED') return;
        const tick = () => events.deliver(scheduledEvent('aws.events', arn, {}), targets);
        end = runSchedule(schedule, cloud.options.timeScale, tick);
      },
      stop: () => end(),
    };
  },
};

const scheduler: ResourceKind = {
  type: 'AWS::Scheduler::Schedule',
  honoured: [
    'Name',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'State',
    'Target.Arn',
    'Target.Input',
    'Target.RoleArn',
  ],
  harmless: [
    'Description',
    // Every moment of a flexible window is as good as its first.
    'FlexibleTimeWindow',
    'GroupName',
    'KmsKeyArn',
    ...harmlessOfTargets.map((name) => `Target.${name}`),
  ],
  create({ properties, logicalId }, cloud) {
    const {
      ScheduleExpression,
      ScheduleExpressionTimezone: zone = 'UTC',
      State = 'ENABLED',
      Target,
    } = properties;
    if (!['UTC', 'Etc/UTC'].includes(zone)) {
      throw new Error(`ScheduleExpressionTimezone is ${zone}; the local cloud knows UTC`);
    }
    const events = eventsOf(cloud);
    const name: string = properties.Name ?? logicalId;
    const arn = `arn:aws:scheduler:${region}:${account}:schedule/${properties.GroupName ?? 'default'}/${name}`;
    const target = eventTarget(Target);
    const schedule = parseSchedule(ScheduleExpression);
    let end = () => {};
    return {
      ref: name,
      attributes: { Arn: arn },
      start() {
        if (State === 'DISABLED') return;
        cloud.access.assume(Target.RoleArn, 'scheduler.amazonaws.com');
        const action = target.arn.startsWith('arn:aws:sqs:') ? 'sqs:SendMessage' : 'lambda:InvokeFunction';
        cloud.access.authorize(cloud.access.accessKeyFor(Target.RoleArn), action, target.arn);
        const tick = () => events.deliver(scheduledEvent('aws.scheduler', arn, '{}'), [target]);
        end = runSchedule(schedule, cloud.options.timeScale, tick);
      },
      stop: () => end(),
    };
  },
};

/** Rules of the default bus, and schedules. */
export const eventKinds: readonly ResourceKind[] = [rule, scheduler];

function eventsOf(cloud: Cloud): Events {
  const events = cloud.services.get('events') as Events | undefined;
  if (!events) throw new Error('the local cloud was started without its service "events"');
  return events;
}

function scheduledEvent(source: string, arn: string, detail: unknown) {
  return busEvent({ 'detail-type': 'Scheduled Event', source, resources: [arn], detail });
}
