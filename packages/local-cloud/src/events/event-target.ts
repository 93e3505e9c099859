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

/** The rule that a target belongs to. */
interface RuleNames {
  readonly name: string;
  readonly arn: string;
}

/**
 * Reads a target of the template.
 * @throws Error naming what is wrong with it.
 */
export function eventTarget(target: Readonly<Record<string, unknown>>, rule: RuleNames): EventTarget {
  const arn = textLike(target, 'Arn', /^arn:aws:(lambda|sqs):/, 'functions and queues');
  return { arn, inputOf: inputOf(target, rule) };
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
  readonly InputTemplate?: unknown;
}

function inputOf(target: Readonly<Record<string, unknown>>, rule: RuleNames): EventTarget['inputOf'] {
  const { Input, InputPath, InputTransformer } = target;
  const given = Object.entries({ Input, InputPath, InputTransformer }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 1)
    throw new Error(`a target has ${given.map(([name]) => name).join(' and ')}; allowed: one of them`);
  if (InputTransformer !== undefined) return transformer(InputTransformer as Transformer, rule);
  if (InputPath !== undefined) return pathReader('InputPath', InputPath);
  if (Input === undefined) return (event) => event;
  try {
    const input = JSON.parse(Input as string);
    return () => input;
  } catch {
    throw refusal('Input', Input, 'JSON text');
  }
}

/** Member names and indices; EventBridge's wildcards are not known here. */
function pathReader(property: string, path: unknown): (event: object) => unknown {
  if (!/^\$(\.[\w/-]+|\[\d+\])*$/.test(String(path))) throw refusal(property, path, '$.name.name[0]');
  const steps = String(path).match(/[\w/-]+/g) ?? [];
  return (event) => steps.reduce<unknown>(memberOf, event);
}

/**
 * Within a text of the template a value is put in as text, elsewhere as JSON.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function transformer(
  { InputPathsMap = {}, InputTemplate }: Transformer,
  rule: RuleNames,
): EventTarget['inputOf'] {
  const readers = new Map<string, (event: object) => unknown>([
    ['aws.events.rule-arn', () => rule.arn],
    ['aws.events.rule-name', () => rule.name],
    ['aws.events.event', ({ detail: _, ...event }: { detail?: unknown }) => event],
    ['aws.events.event.json', (event) => event],
    ['aws.events.event.ingestion-time', () => new Date().toISOString()],
  ]);
  const wholeEvents = ['aws.events.event', 'aws.events.event.json'];
  for (const [name, path] of Object.entries(InputPathsMap)) {
    if (readers.has(name)) throw refusal('InputPathsMap', name, 'names that are not reserved');
    readers.set(name, pathReader(`InputPathsMap.${name}`, path));
  }
  const read = (name: string, event: object): unknown => {
    const reader = readers.get(name);
    if (!reader) throw refusal('InputTemplate', `<${name}>`, `<${[...readers.keys()].join('>, <')}>`);
    return reader(event);
  };
  const inputOf = (event: object): unknown => {
    const json = String(InputTemplate).replace(
      /"((?:[^"\\]|\\.)*)"|<([\w.-]+)>/g,
      (_, text: string | undefined, outside: string | undefined) => {
        if (outside !== undefined) return JSON.stringify(read(outside, event)) ?? 'null';
        const filled = (text ?? '').replace(/<([\w.-]+)>/g, (_, name: string) => {
          if (wholeEvents.includes(name))
            throw refusal('InputTemplate', `"<${name}>"`, `<${name}> outside of a text`);
          const value = read(name, event) ?? '';
          return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
        });
        return `"${filled}"`;
      },
    );
    try {
      return JSON.parse(json);
    } catch {
      throw refusal('InputTemplate', InputTemplate, 'JSON with <variables>');
    }
  };
  // An empty event shows already whether the template is one.
  inputOf({});
  return inputOf;
}
