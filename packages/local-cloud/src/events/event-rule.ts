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
  /** Sends an event to every target. Settles when all have handled it. */
  deliver(event: BusEvent, targets: readonly EventTarget[]): Promise<void>;
}

/** A rule of the default bus, with a pattern or a schedule. */
export function eventRule({ timeScale, addRule, deliver }: RulePorts): ResourceKind {
  return {
    type: 'AWS::Events::Rule',
    honoured: [
      'EventBusName',
      'EventPattern',
      'Name',
      'ScheduleExpression',
      'State',
      ...['Arn', 'Id', 'Input'].map((name) => `Targets.${name}`),
    ],
    // Targets are retried until they take an event; functions and queues of this machine always take it.
    harmless: ['Description', 'RoleArn', 'Tags', 'Targets.RetryPolicy', 'Targets.DeadLetterConfig'],
    create({ properties, logicalId }) {
      const { EventBusName = 'default', EventPattern, ScheduleExpression, State = 'ENABLED' } = properties;
      if (!/^(default|arn:.*:event-bus\/default)$/.test(EventBusName)) {
        throw new Error(`EventBusName is ${EventBusName}; the local cloud has the default bus only`);
      }
      if (!['ENABLED', 'DISABLED'].includes(State)) {
        throw new Error(`State is ${State}; the local cloud knows ENABLED and DISABLED`);
      }
      const name: string = properties.Name ?? logicalId;
      const arn = `arn:aws:events:${region}:${account}:rule/${name}`;
      const targets: EventTarget[] = (properties.Targets ?? []).map(eventTarget);
      const pattern = EventPattern && parsePattern(EventPattern);
      const intervalMs = ScheduleExpression && parseRate(ScheduleExpression);
      if (pattern && State === 'ENABLED') addRule({ pattern, targets });
      let end = () => {};
      return {
        ref: name,
        attributes: { Arn: arn },
        start() {
          if (intervalMs === undefined || State === 'DISABLED') return;
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
