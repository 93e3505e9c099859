import { refusal } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Faults } from '../faults/faults.ts';
import type { Functions } from '../lambda/functions.ts';
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
  readonly functions: Pick<Functions, 'find' | 'invoke'>;
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'message'>;
}

const busArn = `arn:aws:events:${region}:${account}:event-bus/default`;
const maxEntries = 10;
/** Of all entries of a call together. */
const maxBytes = 256 * 1024;

/** An EventBridge without rules; they come with {@link Events.kinds}. */
export function createEvents(ports: EventsPorts): Events {
  const rules: Rule[] = [];
  const stopping = new AbortController();

  async function deliver(event: BusEvent, targets: readonly EventTarget[]): Promise<void> {
    await Promise.all(targets.map((target) => deliverEvent(target, event, ports, stopping.signal)));
  }

  function reach(arn: string): void {
    if (!arn.startsWith('arn:aws:lambda:')) ports.queue(arn);
    else if (!ports.functions.find(arn))
      throw refusal('Arn', arn, 'a function of this template, without version or alias');
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
      return refuse('InvalidArgument', `EventBusName is ${EventBusName}; allowed: the default bus`);
    }
    for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
      if (typeof value !== 'string' || value === '')
        return refuse('InvalidArgument', `${name} is not specified`);
    }
    const at = Time === undefined ? new Date() : new Date(Number(Time) * 1000);
    if (!Array.isArray(Resources) || Number.isNaN(at.getTime())) {
      return refuse('InvalidArgument', 'Resources must be a list, and Time a time');
    }
    if (String(Source).startsWith('aws.')) {
      return refuse('NotAuthorizedForSourceException', `Not authorized for the source ${Source}`);
    }
    const detail = parsedObject(String(Detail));
    if (!detail) return refuse('MalformedDetail', 'Detail is malformed');
    const members = {
      'detail-type': String(DetailType),
      source: String(Source),
      resources: Resources,
      detail,
    };
    const event = busEvent(members, at);
    ports.usage.message('event');
    publish(event);
    return { EventId: event.id };
  }

  const service: AwsService = {
    name: 'events',
    contentType: 'application/x-amz-json-1.1',
    read: (request) => jsonCall(request, { AWSEvents: ['PutEvents'] }),
    permissions: () => [{ action: 'events:PutEvents', resource: busArn }],
    async perform({ input }) {
      const { Entries: given = [], EndpointId } = input;
      const entries = given as JsonObject[];
      if (EndpointId !== undefined) throw invalid('EndpointId is given; the local cloud has no endpoints');
      if (entries.length < 1 || entries.length > maxEntries) {
        throw invalid(`Entries has ${entries.length} entries; allowed: 1 to ${maxEntries}`);
      }
      if (Buffer.byteLength(JSON.stringify(entries)) > maxBytes) {
        throw invalid('Total size of the entries in the request is over the limit.');
      }
      const Entries = entries.map(put);
      return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode).length, Entries };
    },
  };

  return {
    service,
    kinds: [eventRule({ timeScale: ports.timeScale, deliver, reach, addRule: (rule) => rules.push(rule) })],
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

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
