import { randomUUID } from 'node:crypto';
import type { AsyncCloud } from '../lambda/async-invocation.ts';
import type { StatusChange } from '../states/executions.ts';
import type { States } from '../states/states.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsService, account, type Cloud, type JsonObject, region } from '../wire/cloud.ts';
import { jsonCall } from '../wire/json-call.ts';
import type { EventPattern } from './event-filter.ts';
import { deliverEvent, type EventTarget } from './event-target.ts';

/** An event as rules see it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** The embedded EventBridge: the default bus. Events that are on their way when the process ends are lost. */
export interface Events extends AwsService {
  addRule(rule: { readonly pattern: EventPattern; readonly targets: readonly EventTarget[] }): void;
  /** Sends an event to every target. Settles when they are done with it. */
  deliver(event: BusEvent, targets: readonly EventTarget[]): Promise<void>;
}

/** What of the cloud EventBridge needs. */
export type EventsCloud = AsyncCloud & Pick<Cloud, 'faults' | 'usage'>;

const busArn = `arn:aws:events:${region}:${account}:event-bus/default`;
const maxEntries = 10;

/** Builds an event. */
export function busEvent(
  event: Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'>,
  at = new Date(),
): BusEvent {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return { version: '0', id: randomUUID(), account, time, region, ...event };
}

/** Must be created after Step Functions, whose executions' status changes it announces. */
export function createEvents(cloud: EventsCloud): Events {
  const rules: { readonly pattern: EventPattern; readonly targets: readonly EventTarget[] }[] = [];
  const stopping = new AbortController();

  async function deliver(event: BusEvent, targets: readonly EventTarget[]): Promise<void> {
    await Promise.all(targets.map((target) => deliverEvent(target, event, cloud, stopping.signal)));
  }

  function publish(event: BusEvent): void {
    const matching = rules.filter(({ pattern }) => pattern(event));
    // An event that nobody waits for does not use up a fault.
    if (matching.length === 0 || cloud.faults.strike({ kind: 'events', name: 'events' })) return;
    for (const { targets } of matching) void deliver(event, targets);
  }

  function put(entry: JsonObject): JsonObject {
    const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
    const { Source, DetailType, Detail, EventBusName = 'default', Resources = [], Time } = entry;
    if (!['default', busArn].includes(String(EventBusName))) {
      return refuse(
        'InvalidArgument',
        `EventBusName is ${EventBusName}; the local cloud has the default bus only`,
      );
    }
    for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
      if (typeof value !== 'string' || value === '')
        return refuse('InvalidArgument', `${name} is not specified`);
    }
    if (String(Source).startsWith('aws.')) {
      return refuse('NotAuthorizedForSourceException', `Not authorized for the source ${Source}`);
    }
    const detail = parsedObject(String(Detail));
    if (!detail) return refuse('MalformedDetail', 'Detail is malformed');
    const event = busEvent(
      {
        'detail-type': String(DetailType),
        source: String(Source),
        resources: Resources as string[],
        detail,
      },
      Time === undefined ? new Date() : new Date(Number(Time) * 1000),
    );
    cloud.usage.message('event');
    publish(event);
    return { EventId: event.id };
  }

  (cloud.services.get('states') as States | undefined)?.onStatusChange((change: StatusChange) => {
    publish(
      busEvent({
        'detail-type': 'Step Functions Execution Status Change',
        source: 'aws.states',
        resources: [change.executionArn],
        detail: change,
      }),
    );
  });

  return {
    name: 'events',
    contentType: 'application/x-amz-json-1.1',
    addRule: (rule) => {
      rules.push(rule);
    },
    deliver,
    read: (request) => jsonCall(request, { AWSEvents: ['PutEvents'] }),
    permissions: () => [{ action: 'events:PutEvents', resource: busArn }],
    async perform({ input }) {
      const entries = (input.Entries ?? []) as JsonObject[];
      if (entries.length < 1 || entries.length > maxEntries) {
        throw new AwsError(
          'ValidationException',
          `Entries has ${entries.length} entries; allowed: 1 to ${maxEntries}`,
        );
      }
      const Entries = entries.map(put);
      return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode).length, Entries };
    },
    async stop() {
      stopping.abort();
    },
  };
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
