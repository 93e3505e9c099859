import { randomUUID } from 'node:crypto';
import { refusal } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Faults } from '../faults/faults.ts';
import { type AsyncPorts, invokeAsync } from '../lambda/async-invocation.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { type EventTarget, eventRule, type Rule } from './event-rule.ts';

/** The embedded EventBridge: the default bus. Events in flight are lost when the process ends. */
export interface Events {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** Publishes "Step Functions Execution Status Change". */
  executionChanged(change: { readonly executionArn: string }): void;
  stop(): void;
}

/** What EventBridge works with. */
export interface EventsPorts extends AsyncPorts {
  readonly functions: Pick<Functions, 'find' | 'invoke'>;
  readonly queue: Sqs['queue'];
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'message'>;
}

const busArn = `arn:aws:events:${region}:${account}:event-bus/default`;
/** Of all entries of a call together. */
const maxBytes = 256 * 1024;

/** An EventBridge without rules; they come with {@link Events.kinds}. */
export function createEvents(ports: EventsPorts): Events {
  const rules: Rule[] = [];
  const stopping = new AbortController();

  /** Never rejects; functions are invoked asynchronously. */
  async function deliver(event: JsonObject, { arn, constant }: EventTarget): Promise<void> {
    const input = constant ? constant.value : event;
    try {
      if (arn.startsWith('arn:aws:lambda:')) return await invokeAsync(ports, arn, input, stopping.signal);
      ports.queue(arn).send({ body: JSON.stringify(input) });
    } catch (error) {
      ports.log({ level: 'error', message: `An event did not reach ${arn}`, error: String(error) });
    }
  }

  function publish(event: JsonObject): void {
    const matching = rules.filter(({ pattern }) => pattern(event));
    // An event that matches no rule does not use up a fault.
    if (matching.length === 0 || ports.faults.strike({ kind: 'events', name: 'events' })) return;
    for (const target of matching.flatMap(({ targets }) => targets)) void deliver(event, target);
  }

  function put(entry: JsonObject): JsonObject {
    const { Source, DetailType, Detail, EventBusName = 'default', Resources = [], Time } = entry;
    const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
    if (EventBusName !== 'default' && EventBusName !== busArn)
      return refuse('InvalidArgument', `EventBusName is ${EventBusName}; allowed: the default bus`);
    for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
      if (typeof value !== 'string' || value === '')
        return refuse('InvalidArgument', `${name} is not specified`);
    }
    const at = Time === undefined ? new Date() : new Date(Number(Time) * 1000);
    if (!Array.isArray(Resources) || Number.isNaN(at.getTime()))
      return refuse('InvalidArgument', 'Resources must be a list, and Time a time');
    if (String(Source).startsWith('aws.'))
      return refuse('NotAuthorizedForSourceException', `Not authorized for the source ${Source}`);
    const detail = parsedObject(String(Detail));
    if (!detail) return refuse('MalformedDetail', 'Detail is malformed');
    const event = busEvent(String(DetailType), String(Source), Resources, detail, at);
    ports.usage.message('event');
    publish(event);
    const { id: EventId } = event;
    return { EventId };
  }

  const service: AwsService = {
    name: 'events',
    contentType: 'application/x-amz-json-1.1',
    read: (request) => jsonCall(request, { AWSEvents: ['PutEvents'] }),
    permissions: () => [{ action: 'events:PutEvents', resource: busArn }],
    async perform({ input: { Entries: given = [], EndpointId } }) {
      const entries = given as JsonObject[];
      const invalid = (message: string) => new AwsError('ValidationException', message);
      if (EndpointId !== undefined) throw invalid('EndpointId is given; the local cloud has no endpoints');
      if (entries.length < 1 || entries.length > 10)
        throw invalid(`Entries has ${entries.length} entries; allowed: 1 to 10`);
      if (Buffer.byteLength(JSON.stringify(entries)) > maxBytes)
        throw invalid('Total size of the entries in the request is over the limit.');
      const Entries = entries.map(put);
      return { FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode).length, Entries };
    },
  };

  const rule = eventRule({
    timeScale: ports.timeScale,
    addRule: (added) => rules.push(added),
    reach(arn) {
      if (!arn.startsWith('arn:aws:lambda:')) ports.queue(arn);
      else if (!ports.functions.find(arn))
        throw refusal('Arn', arn, 'a function of this template, without version or alias');
    },
    async runSchedule(ruleArn, targets) {
      const event = busEvent('Scheduled Event', 'aws.events', [ruleArn], {});
      await Promise.all(targets.map((target) => deliver(event, target)));
    },
  });

  return {
    service,
    kinds: [rule],
    executionChanged(change) {
      const type = 'Step Functions Execution Status Change';
      publish(busEvent(type, 'aws.states', [change.executionArn], change));
    },
    stop: () => stopping.abort(),
  };
}

/** An event as rules see it, with a new id. */
function busEvent(
  type: string,
  source: string,
  resources: readonly string[],
  detail: object,
  at = new Date(),
): JsonObject & { readonly id: string } {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source,
    account,
    time,
    region,
    resources,
    detail,
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
