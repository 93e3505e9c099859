import { oneOf, refusal } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import { type BusEvent, busEvent } from './bus-event.ts';
import { type EventPattern, parsePattern } from './event-filter.ts';
import { type EventTarget, eventTarget } from './event-target.ts';
import { parseRate, runEvery } from './schedule.ts';

/** Which events go where. */
export interface Rule {
  readonly pattern: EventPattern;
  readonly targets: readonly EventTarget[];
}

/** What rules work with. */
export interface RulePorts {
  /** Factor on schedules. */
  readonly timeScale: number;
  addRule(rule: Rule): void;
  /** @throws Error when there is no such function or queue. */
  reach(arn: string): void;
  /** Sends an event to every target. Settles when all have handled it. */
  deliver(event: BusEvent, targets: readonly EventTarget[]): Promise<void>;
}

const maxTargets = 5;

/** A rule of the default bus, with a pattern or a schedule. */
export function eventRule({ timeScale, addRule, reach, deliver }: RulePorts): ResourceKind {
  return {
    type: 'AWS::Events::Rule',
    honoured: [
      ...['EventBusName', 'EventPattern', 'Name', 'ScheduleExpression', 'State'],
      ...['Targets.Arn', 'Targets.Id', 'Targets.Input'],
    ],
    // Targets are retried until they take an event; functions and queues of this machine always take it.
    harmless: [
      ...['Description', 'RoleArn', 'Tags', 'Targets.DeadLetterConfig.Arn'],
      ...['Targets.RetryPolicy.MaximumEventAgeInSeconds', 'Targets.RetryPolicy.MaximumRetryAttempts'],
    ],
    create({ properties, logicalId }) {
      const { EventBusName = 'default', EventPattern, ScheduleExpression, Targets = [] } = properties;
      if (!/^(default|arn:.*:event-bus\/default)$/.test(EventBusName)) {
        throw new Error(`EventBusName is ${EventBusName}; the local cloud has the default bus only`);
      }
      if (EventPattern === undefined && ScheduleExpression === undefined) {
        throw new Error('a rule needs an EventPattern or a ScheduleExpression');
      }
      const isEnabled = oneOf(properties, 'State', ['ENABLED', 'DISABLED'], 'ENABLED') === 'ENABLED';
      const { Name: name = logicalId } = properties;
      const arn = `arn:aws:events:${region}:${account}:rule/${name}`;
      const ids = new Set((Targets as { readonly Id?: string }[]).map(({ Id = '' }) => Id));
      if (ids.has('') || ids.size < Targets.length || ids.size > maxTargets) {
        throw refusal('Targets', [...ids], `up to ${maxTargets}, each with an Id of its own`);
      }
      const targets: EventTarget[] = Targets.map((target: object) => eventTarget({ ...target }));
      const pattern = EventPattern && parsePattern(EventPattern);
      const intervalMs = ScheduleExpression && parseRate(ScheduleExpression);
      if (pattern && isEnabled) addRule({ pattern, targets });
      let end = () => {};
      return {
        ref: name,
        attributes: { Arn: arn },
        start() {
          for (const target of targets) reach(target.arn);
          if (intervalMs === undefined || !isEnabled) return;
          const tick = () => deliver(scheduledEvent(arn), targets);
          end = runEvery(intervalMs * timeScale, tick, { overlap: timeScale >= 1 });
        },
        stop: () => end(),
      };
    },
  };
}

function scheduledEvent(arn: string): BusEvent {
  return busEvent({ 'detail-type': 'Scheduled Event', source: 'aws.events', resources: [arn], detail: {} });
}
