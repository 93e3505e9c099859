import { refusal, textLike } from '../cloudformation/property.ts';
import { type AsyncPorts, invokeAsync } from '../lambda/async-invocation.ts';
import type { Sqs } from '../sqs/sqs.ts';

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
  const { Input } = target;
  if (Input === undefined) return { arn, inputOf: (event) => event };
  const input = constantOf(Input);
  return { arn, inputOf: () => input };
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

function constantOf(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    throw refusal('Input', text, 'JSON text');
  }
}
