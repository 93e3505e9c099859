import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { type BusEvent, busEvent } from './bus-event.ts';
import { eventRule, type Rule } from './event-rule.ts';
import { type DeliveryPorts, deliverEvent, type EventTarget } from './event-target.ts';

/** The embedded EventBridge: the default bus. Events in flight are lost when the process ends. */
export interface Events {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Publishes "Step Functions Execution Status Change". */
  executionChanged(change: { readonly executionArn: string }): void;
  stop(): void;
}

/** What EventBridge works with. */
export interface EventsPorts extends DeliveryPorts {
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'message'>;
}

const busArn = `arn:aws:events:${region}:${account}:event-bus/default`;
const maxEntries = 10;

/** An EventBridge without rules; they come with {@link Events.kinds}. */
export function createEvents(ports: EventsPorts): Events {
  const rules: Rule[] = [];
  const stopping = new AbortController();

  async function deliver(event: BusEvent, targets: readonly EventTarget[]): Promise<void> {
    await Promise.all(targets.map((target) => deliverEvent(target, event, ports, stopping.signal)));
  }

  function publish(event: BusEvent): void {
    const matching = rules.filter(({ pattern }) => pattern(event));
    // An event that matches no rule does not use up a fault.
    if (matching.length === 0 || ports.faults.strike({ kind: 'events', name: 'events' })) return;
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
    ports.usage.message('event');
    publish(event);
    return { EventId: event.id };
  }

  const service: AwsService = {
    name: 'events',
    contentType: 'application/x-amz-json-1.1',
    read: (request) => jsonCall(request, { AWSEvents: ['PutEvents'] }),
    permissions: () => [{ action: 'events:PutEvents', resource: busArn }],
    async perform({ input: { Entries: given } }) {
      const entries = (given ?? []) as JsonObject[];
      if (entries.length < 1 || entries.length > maxEntries) {
        throw new AwsError(
          'ValidationException',
          `Entries has ${entries.length} entries; allowed: 1 to ${maxEntries}`,
        );
      }
      const Entries = entries.map(put);
      return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode).length, Entries };
    },
  };

  return {
    service,
    kinds: [eventRule({ timeScale: ports.timeScale, deliver, addRule: (rule) => rules.push(rule) })],
    executionChanged(change) {
      publish(
        busEvent({
          'detail-type': 'Step Functions Execution Status Change',
          source: 'aws.states',
          resources: [change.executionArn],
          detail: change,
        }),
      );
    },
    stop: () => stopping.abort(),
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
