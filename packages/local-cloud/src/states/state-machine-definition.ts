import { z } from 'zod';
import { parseChoice } from './choice-rule.ts';
import { parseTemplate, parseTextExpression } from './expression.ts';
import { parsePath, parseReferencePath, parseResultPath } from './json-path.ts';
import { invokeParameters, parseResource } from './lambda-task.ts';
import { timestampNanoseconds } from './timestamp.ts';

export type Definition = z.output<typeof definitionSchema>;
export type State = z.output<typeof stateSchema>;
export type StateOf<Type extends State['Type']> = Extract<State, { Type: Type }>;
export type Retrier = z.output<typeof retrier>;

/** States by name; an interface, because a type alias could not refer to itself through {@link State}. */
interface States {
  readonly [name: string]: State;
}

/** States and where they start: a machine, a branch of a Parallel state, or what a Map state does with each item. */
export interface Flow {
  readonly StartAt: string;
  readonly States: States;
}

const longestName = 80;
const mostSeconds = 99_999_999;
const mostDelaySeconds = 31_622_399;

const text = z.string();
const comment = { Comment: text.optional() };
const everywhere = {
  ...comment,
  QueryLanguage: z.literal('JSONPath', 'the local cloud has JSONPath only').optional(),
};
const path = parsed(text, parsePath).nullish();
const referencePath = parsed(text, parseReferencePath).optional();
const resultPath = parsed(text, parseResultPath).nullish();
const filters = { ...everywhere, InputPath: path, OutputPath: path };
const transition = { Next: text.optional(), End: z.literal(true).optional() };
const template = parsed(z.record(text, z.unknown()), (fields) => ({
  names: Object.keys(fields).map((name) => name.replace(/\.\$$/, '')),
  fill: parseTemplate(fields),
})).optional();
const textExpression = (field: string) =>
  parsed(text, (source) => parseTextExpression(source, field)).optional();
const seconds = (least: number) => z.int().min(least).max(mostSeconds);

const errorEquals = z.array(text).min(1);
const retrier = z.strictObject({
  ...comment,
  ErrorEquals: errorEquals,
  IntervalSeconds: seconds(1).default(1),
  MaxAttempts: seconds(0).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(mostDelaySeconds).default(Number.POSITIVE_INFINITY),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});
const catcher = z.strictObject({ ...comment, ErrorEquals: errorEquals, Next: text, ResultPath: resultPath });
const result = { ...filters, ...transition, Parameters: template, ResultPath: resultPath };
const work = { ...result, ResultSelector: template, Retry: rules(retrier), Catch: rules(catcher) };
const states: z.ZodType<States> = z.lazy(() => z.record(text.max(longestName), stateSchema));
const flow = z.strictObject({ ...everywhere, StartAt: text, States: states });
const mode = z.literal('INLINE', 'the local cloud has INLINE maps only');
const itemFlow = flow.extend({ ProcessorConfig: z.strictObject({ Mode: mode }).optional() }).optional();
const choice = parsed(z.looseObject({ Next: text }), (rule) => ({
  Next: rule.Next,
  holds: parseChoice(rule),
}));
const time = text.refine((value) => timestampNanoseconds(value) !== undefined, 'needs an RFC 3339 time');

const stateSchema = z.discriminatedUnion('Type', [
  z.strictObject({
    Type: z.literal('Task'),
    Resource: parsed(text, parseResource),
    TimeoutSeconds: seconds(1).optional(),
    ...work,
  }),
  z.strictObject({ Type: z.literal('Parallel'), Branches: z.array(flow).min(1), ...work }),
  z.strictObject({
    Type: z.literal('Map'),
    ItemProcessor: itemFlow,
    Iterator: itemFlow,
    ItemSelector: template,
    ItemsPath: referencePath,
    MaxConcurrency: z.int().min(0).default(0),
    ...work,
  }),
  z.strictObject({ Type: z.literal('Pass'), Result: z.unknown().optional(), ...result }),
  z.strictObject({
    Type: z.literal('Wait'),
    Seconds: seconds(0).optional(),
    SecondsPath: referencePath,
    Timestamp: time.optional(),
    TimestampPath: referencePath,
    ...filters,
    ...transition,
  }),
  z.strictObject({
    Type: z.literal('Choice'),
    Choices: z.array(choice).min(1),
    Default: text.optional(),
    ...filters,
  }),
  z.strictObject({ Type: z.literal('Succeed'), ...filters }),
  z.strictObject({
    Type: z.literal('Fail'),
    Error: text.optional(),
    ErrorPath: textExpression('ErrorPath'),
    Cause: text.optional(),
    CausePath: textExpression('CausePath'),
    ...everywhere,
  }),
]);
const definitionSchema = flow.extend({
  Version: z.literal('1.0').optional(),
  TimeoutSeconds: seconds(1).optional(),
});

/** Fields of which a state has at most one, and at least as many as told. */
const alternatives = [
  { fields: ['Next', 'End'], least: 1, of: ['Task', 'Parallel', 'Map', 'Pass', 'Wait'] },
  { fields: ['ItemProcessor', 'Iterator'], least: 1, of: ['Map'] },
  { fields: ['ItemSelector', 'Parameters'], least: 0, of: ['Map'] },
  { fields: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'], least: 1, of: ['Wait'] },
  { fields: ['Error', 'ErrorPath'], least: 0, of: ['Fail'] },
  { fields: ['Cause', 'CausePath'], least: 0, of: ['Fail'] },
];

/**
 * Reads a definition in the Amazon States Language: what it accepts runs as on AWS.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 * @throws Error naming the state and what is wrong in it or what the local cloud does not have.
 */
export function parseDefinition(json: string): Definition {
  const { data, error } = definitionSchema.safeParse(JSON.parse(json));
  const [issue] = error?.issues ?? [];
  if (issue) throw new Error(described(issue));
  const definition = data as Definition;
  checkFlow(definition, new Set());
  return definition;
}

/** Checks that names are unique, targets exist, states are reached and fields do not contradict each other. */
function checkFlow({ StartAt, States }: Flow, names: Set<string>): void {
  const all = Object.entries(States);
  if (!Object.hasOwn(States, StartAt)) {
    throw new Error(`StartAt is "${StartAt}", which is not among its states.`);
  }
  for (const [name, state] of all) {
    const problem = names.has(name)
      ? 'another state has this name; names are unique in a state machine'
      : problemOf(state, States);
    if (problem !== undefined) throw new Error(`state "${name}": ${problem}.`);
    names.add(name);
    const flows =
      state.Type === 'Parallel'
        ? state.Branches
        : state.Type === 'Map'
          ? [state.ItemProcessor, state.Iterator]
          : [];
    for (const inner of flows) if (inner) checkFlow(inner, names);
  }
  const targets = [StartAt, ...all.flatMap(([, state]) => targetsOf(state))];
  const unreached = all.find(([name]) => !targets.includes(name));
  if (unreached) throw new Error(`state "${unreached[0]}": no state leads to it.`);
  const ends = all.some(([, state]) => ['Succeed', 'Fail'].includes(state.Type) || 'End' in state);
  if (!ends) throw new Error(`no state ends what starts at "${StartAt}".`);
}

/** What is wrong with a state that the schema accepts. */
function problemOf(state: State, siblings: States): string | undefined {
  for (const { fields, least, of } of alternatives) {
    const given = fields.filter((field) => Object.hasOwn(state, field));
    if (!of.includes(state.Type) || (given.length >= least && given.length <= 1)) continue;
    const allowed = least === 1 ? 'one' : 'at most one';
    return `has ${given.join(' and ') || 'none'} of ${fields.join(', ')}; allowed is ${allowed}`;
  }
  const lost = targetsOf(state).find((target) => !Object.hasOwn(siblings, target));
  if (lost !== undefined) return `leads to "${lost}", which is not beside it`;
  if (state.Type !== 'Task' || state.Resource.functionArn !== undefined) return undefined;
  const unknown = (state.Parameters?.names ?? []).filter((name) => !invokeParameters.includes(name));
  return unknown.length === 0
    ? undefined
    : `the local cloud does not have the parameters ${unknown.join(', ')}`;
}

function targetsOf(state: State): string[] {
  const targets = [
    'Next' in state ? state.Next : undefined,
    ...('Catch' in state ? state.Catch.map(({ Next }) => Next) : []),
    ...('Choices' in state ? [state.Default, ...state.Choices.map(({ Next }) => Next)] : []),
  ];
  return targets.filter((target) => target !== undefined);
}

/** Parses a value; an Error becomes the value's issue. */
function parsed<In, Out>(schema: z.ZodType<In>, parse: (value: In) => Out) {
  return schema.transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  });
}

/** Retriers or catchers, of which only the last may be for all errors. */
function rules<Rule extends z.ZodType<{ readonly ErrorEquals: readonly string[] }>>(rule: Rule) {
  const isLast = (all: readonly z.output<Rule>[]) =>
    all.every(({ ErrorEquals }, i) => {
      return !ErrorEquals.includes('States.ALL') || (ErrorEquals.length === 1 && i === all.length - 1);
    });
  return z.array(rule).refine(isLast, 'States.ALL needs to be alone, and in the last entry').default([]);
}

/** One line, with the innermost state. */
function described(issue: z.core.$ZodIssue): string {
  const at = issue.path.slice(0, -1).lastIndexOf('States');
  const where = at < 0 ? 'the definition' : `state "${String(issue.path[at + 1])}"`;
  const field = issue.path.slice(at < 0 ? 0 : at + 2).join('.');
  const inField = field === '' ? '' : `${field}: `;
  if (issue.code === 'invalid_key')
    return `${where}: names of states have at most ${longestName} characters.`;
  if (issue.code !== 'unrecognized_keys') return `${where}: ${inField}${issue.message}.`;
  return `${where}: ${inField}the local cloud does not have ${issue.keys.join(', ')}.`;
}
