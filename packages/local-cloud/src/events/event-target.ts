import { refusal, textLike } from '../cloudformation/property.ts';
import { type AsyncPorts, invokeAsync } from '../lambda/async-invocation.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { memberOf } from '../wire/member-of.ts';

/** What the delivery of events works with. */
export interface DeliveryPorts extends AsyncPorts {
  readonly queue: Sqs['queue'];
}

/** Where a rule sends its events. */
export interface EventTarget {
  /** Of a function or a queue. */
  readonly arn: string;
  /** What the target gets of an event. */
  readonly inputOf: (event: object) => unknown;
}

/**
 * Reads a target of the template.
 * @throws Error naming what is wrong with it.
 */
export function eventTarget(target: Readonly<Record<string, unknown>>): EventTarget {
  const arn = textLike(target, 'Arn', /^arn:aws:(lambda|sqs):/, 'functions and queues');
  return { arn, inputOf: inputOf(target) };
}

/** Hands an event over. Never rejects; functions are invoked asynchronously. */
export async function deliverEvent(
  { arn, inputOf }: EventTarget,
  event: object,
  ports: DeliveryPorts,
  stopping: AbortSignal,
): Promise<void> {
  try {
    const input = inputOf(event);
    if (arn.startsWith('arn:aws:lambda:')) return await invokeAsync(ports, arn, input, stopping);
    ports.queue(arn).send({ body: JSON.stringify(input) });
  } catch (error) {
    ports.log({ level: 'error', message: `An event did not reach ${arn}`, error: String(error) });
  }
}

function inputOf({ Input, InputPath }: Readonly<Record<string, unknown>>): EventTarget['inputOf'] {
  if (Input !== undefined && InputPath !== undefined)
    throw new Error('a target has Input and InputPath; allowed: one');
  if (InputPath !== undefined) {
    // EventBridge knows wildcards too.
    textLike({ InputPath }, 'InputPath', /^\$(\.[\w/-]+|\[\d+\])*$/, '$.name.name[0]');
    const steps = String(InputPath).match(/[\w/-]+/g) ?? [];
    return (event) => steps.reduce<unknown>(memberOf, event) ?? null;
  }
  if (Input === undefined) return (event) => event;
  try {
    const input = JSON.parse(Input as string);
    return () => input;
  } catch {
    throw refusal('Input', Input, 'JSON text');
  }
}
