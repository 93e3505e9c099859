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
  const arn = String(target.Arn);
  if (!/^arn:aws:(lambda|sqs):/.test(arn)) {
    throw new Error(`a target is ${arn}; the local cloud knows functions and queues`);
  }
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

interface Transformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

function inputOf(target: Readonly<Record<string, unknown>>): EventTarget['inputOf'] {
  const { Input, InputPath, InputTransformer } = target;
  if (typeof Input === 'string') {
    const input = JSON.parse(Input);
    return () => input;
  }
  if (typeof InputPath === 'string') return (event) => atPath(event, InputPath);
  if (InputTransformer) return (event) => transformed(event, InputTransformer as Transformer);
  return (event) => event;
}

function atPath(event: object, path: string): unknown {
  if (!/^\$(\.[\w-]+)*$/.test(path)) throw new Error(`the path ${path} is not known; allowed: $.name.name`);
  return path.split('.').slice(1).reduce<unknown>(memberOf, event);
}

/** Within a text of the template a value is put in as text, elsewhere as JSON. */
function transformed(event: object, { InputPathsMap = {}, InputTemplate }: Transformer): unknown {
  const reserved = new Map<string, unknown>([
    ['aws.events.event', event],
    ['aws.events.event.json', event],
    ['aws.events.event.ingestion-time', (event as { readonly time?: string }).time],
  ]);
  const paths = new Map(Object.entries(InputPathsMap));
  const valueNamed = (name: string) => {
    const path = paths.get(name);
    return path === undefined ? reserved.get(name) : atPath(event, path);
  };
  const json = InputTemplate.replace(
    /"((?:[^"\\]|\\.)*)"|<([\w.-]+)>/g,
    (_, text: string | undefined, name: string | undefined) => {
      if (name !== undefined) return JSON.stringify(valueNamed(name)) ?? 'null';
      const filled = (text ?? '').replace(/<([\w.-]+)>/g, (whole, inner: string) => {
        const value = valueNamed(inner);
        if (value === undefined) return paths.has(inner) ? '' : whole;
        return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
      });
      return `"${filled}"`;
    },
  );
  return JSON.parse(json);
}
