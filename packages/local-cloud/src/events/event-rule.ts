import { oneOf, refusal, textLike } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import { type EventPattern, parsePattern } from './event-filter.ts';
import { parseRate, runEvery } from './schedule.ts';

/** Where a rule sends its events. */
export interface EventTarget {
  /** Of a function or a queue. */
  readonly arn: string;
  /** What the target gets in place of the event. */
  readonly constant?: { readonly value: unknown } | undefined;
}

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
  /** Sends the event of a schedule. Settles when every target has handled it. */
  runSchedule(ruleArn: string, targets: readonly EventTarget[]): Promise<void>;
}

/** A rule of the default bus, with a pattern or a schedule. */
export function eventRule({ timeScale, addRule, reach, runSchedule }: RulePorts): ResourceKind {
  return {
    type: 'AWS::Events::Rule',
    honoured:
      'EventBusName EventPattern Name ScheduleExpression State Targets.Arn Targets.Id Targets.Input'.split(
        ' ',
      ),
    // Targets are retried until they take an event; functions and queues of this machine always take it.
    harmless: [
      ...['Description', 'RoleArn', 'Tags', 'Targets.DeadLetterConfig.Arn'],
      ...['Targets.RetryPolicy.MaximumEventAgeInSeconds', 'Targets.RetryPolicy.MaximumRetryAttempts'],
    ],
    create({ properties, logicalId }) {
      const { EventBusName = 'default', EventPattern, ScheduleExpression, Targets = [] } = properties;
      if (!/^(default|arn:.*:event-bus\/default)$/.test(EventBusName))
        throw new Error(`EventBusName is ${EventBusName}; the local cloud has the default bus only`);
      if (EventPattern === undefined && ScheduleExpression === undefined)
        throw new Error('a rule needs an EventPattern or a ScheduleExpression');
      const isEnabled = oneOf(properties, 'State', ['ENABLED', 'DISABLED'], 'ENABLED') === 'ENABLED';
      const { Name: name = logicalId } = properties;
      const arn = `arn:aws:events:${region}:${account}:rule/${name}`;
      const ids = new Set((Targets as { readonly Id?: string }[]).map(({ Id = '' }) => Id));
      if (ids.has('') || ids.size < Targets.length || ids.size > 5)
        throw refusal('Targets', [...ids], 'up to 5, each with an Id of its own');
      const targets: EventTarget[] = Targets.map((target: { readonly Input?: unknown }) => ({
        arn: textLike({ ...target }, 'Arn', /^arn:aws:(lambda|sqs):/, 'functions and queues'),
        constant: constantOf(target.Input),
      }));
      const pattern = EventPattern && parsePattern(EventPattern);
      const intervalMs = ScheduleExpression && parseRate(ScheduleExpression);
      if (pattern && isEnabled) addRule({ pattern, targets });
      let end = () => {};
      return {
        ref: name,
        attributes: { Arn: arn },
        start() {
          for (const target of targets) reach(target.arn);
          if (!intervalMs || !isEnabled) return;
          const run = () => runSchedule(arn, targets);
          end = runEvery(intervalMs * timeScale, run, { overlap: timeScale >= 1 });
        },
        stop: () => end(),
      };
    },
  };
}

function constantOf(text: unknown): EventTarget['constant'] {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text as string) };
  } catch {
    throw refusal('Input', text, 'JSON text');
  }
}
