import { z } from 'zod';
import { parseChoice, timestampNanoseconds } from './choice-rule.ts';
import { parseTemplate, parseTextExpression } from './expression.ts';
import { parsePath, parseReferencePath, parseResultPath } from './json-path.ts';
import { startExecution, startExecutionParameters } from './start-execution-task.ts';

export type Definition = z.output<typeof definitionSchema>;
export type State = z.output<typeof stateSchema>;
export type StateOf<Type extends State['Type']> = Extract<State, { Type: Type }>;
export type Retrier = z.output<typeof retrier>;

/** An interface, because a type alias could not refer to itself through {@link State}. */
interface States {
  readonly [name: string]: State;
}

/** States and where they start: a machine, a branch of a Parallel state, or what a Map state does with each item. */
export interface Flow {
  readonly StartAt: string;
  readonly States: States;
}

const mostSeconds = 99_999_999;
const mostDelaySeconds = 31_622_399;

const text = z.string();
const optionalText = text.optional();
const language = z.literal('JSONPath', 'the local cloud has JSONPath only').optional();
const everywhere = { Comment: optionalText, QueryLanguage: language };
const path = parsed(text, parsePath).nullish();
const referencePath = parsed(text, parseReferencePath).optional();
const resultPath = parsed(text, parseResultPath).nullish();
const template = parsed(z.record(text, z.unknown()), (fields) => ({
  names: Object.keys(fields).map((name) => name.replace(/\.\$$/, '')),
  fill: parseTemplate(fields),
})).optional();
const textPath = (field: string) => parsed(text, (source) => parseTextExpression(source, field)).optional();
const seconds = (least: number) => z.int().min(least).max(mostSeconds);
const time = text.refine((value) => timestampNanoseconds(value) !== undefined, 'needs an RFC 3339 time');

/** The resource of tasks that call the function named by their parameters, of which these are understood. */
export const lambdaInvoke = 'arn:aws:states:::lambda:invoke';
const parametersOf: Readonly<Record<string, readonly string[] | undefined>> = {
  [lambdaInvoke]: ['FunctionName', 'Payload'],
  [startExecution]: startExecutionParameters,
};
const knownResource =
  /^arn:aws:(lambda:[^:]+:\d+:function:[^:]+(:[^:]+)?|states:::lambda:invoke|states:::states:startExecution)$/;
const resource = text.regex(knownResource, {
  error: ({ input }) =>
    `the local cloud has only ${lambdaInvoke}, ${startExecution} and function ARNs, not ${input}`,
});

const rule = { Comment: optionalText, ErrorEquals: z.array(text).min(1) };
const retrier = z.strictObject({
  ...rule,
  IntervalSeconds: seconds(1).default(1),
  MaxAttempts: seconds(0).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(mostDelaySeconds).default(Number.POSITIVE_INFINITY),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});
const catcher = z.strictObject({ ...rule, Next: text, ResultPath: resultPath });
const choice = parsed(z.looseObject({ Next: text }), (rule) => ({ ...rule, holds: parseChoice(rule) }));

const filters = { InputPath: path, OutputPath: path };
const passing = { ...filters, Next: optionalText, End: z.literal(true).optional() };
const result = { ...passing, Parameters: template, ResultPath: resultPath };
const work = { ...result, ResultSelector: template, Retry: rules(retrier), Catch: rules(catcher) };
const states: z.ZodType<States> = z.lazy(() =>
  z.record(text.max(80, 'names of states have at most 80 characters'), stateSchema),
);
const flow = z.strictObject({ ...everywhere, StartAt: text, States: states });
const mode = z.literal('INLINE', 'the local cloud has INLINE maps only');
const itemFlow = flow.extend({ ProcessorConfig: z.strictObject({ Mode: mode }).optional() }).optional();
const state = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ Type: z.literal(type), ...everywhere, ...shape });

const stateSchema = z.discriminatedUnion('Type', [
  state('Task', { Resource: resource, TimeoutSeconds: seconds(1).optional(), ...work }),
  state('Parallel', { Branches: z.array(flow).min(1), ...work }),
  state('Map', {
    ItemProcessor: itemFlow,
    Iterator: itemFlow,
    ItemSelector: template,
    ItemsPath: referencePath,
    MaxConcurrency: z.int().min(0).default(0),
    ...work,
  }),
  state('Pass', { Result: z.unknown().optional(), ...result }),
  state('Wait', {
    Seconds: seconds(0).optional(),
    SecondsPath: referencePath,
    Timestamp: time.optional(),
    TimestampPath: referencePath,
    ...passing,
  }),
  state('Choice', { Choices: z.array(choice).min(1), Default: optionalText, ...filters }),
  state('Succeed', filters),
  state('Fail', {
    Error: optionalText,
    ErrorPath: textPath('ErrorPath'),
    Cause: optionalText,
    CausePath: textPath('CausePath'),
  }),
]);
const definitionSchema = flow.extend({
  Version: z.literal('1.0').optional(),
  TimeoutSeconds: seconds(1).optional(),
});

/** Fields of which a state has at most one, and those states that need one. */
const alternatives = [
  { fields: ['Next', 'End'], neededBy: /Task|Parallel|Map|Pass|Wait/ },
  { fields: ['ItemProcessor', 'Iterator'], neededBy: /Map/ },
  { fields: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'], neededBy: /Wait/ },
  { fields: ['ItemSelector', 'Parameters'] },
  { fields: ['Error', 'ErrorPath'] },
  { fields: ['Cause', 'CausePath'] },
];

/** Reads a definition: what it accepts runs as on AWS. @throws Error naming the state and what is wrong in it. */
export function parseDefinition(json: string): Definition {
  const { data, error } = definitionSchema.safeParse(JSON.parse(json));
  if (error) throw new Error(error.issues.slice(0, 1).map(described).join());
  checkFlow(data, new Set());
  return data;
}

/** Checks that names are unique, targets exist, states are reached and fields do not contradict each other. */
function checkFlow({ StartAt, States }: Flow, names: Set<string>): void {
  if (!Object.hasOwn(States, StartAt)) {
    throw new Error(`StartAt is "${StartAt}", which is not among its states.`);
  }
  const targets = [StartAt];
  for (const [name, state] of Object.entries(States)) {
    const next = targetsOf(state);
    targets.push(...next);
    const lost = next.find((target) => !Object.hasOwn(States, target));
    const problem =
      (names.has(name) && 'another state has this name; names are unique in a state machine') ||
      (lost !== undefined && `leads to "${lost}", which is not beside it`) ||
      contradictionIn(state);
    if (problem) throw new Error(`state "${name}": ${problem}.`);
    names.add(name);
    if (state.Type === 'Parallel') for (const branch of state.Branches) checkFlow(branch, names);
    if (state.Type === 'Map') checkFlow((state.ItemProcessor ?? state.Iterator) as Flow, names);
  }
  const unreached = Object.keys(States).find((name) => !targets.includes(name));
  if (unreached !== undefined) throw new Error(`state "${unreached}": no state leads to it.`);
  const ends = Object.values(States).some((state) => /Succeed|Fail/.test(state.Type) || 'End' in state);
  if (!ends) throw new Error(`no state ends what starts at "${StartAt}".`);
}

function contradictionIn(state: State): string | undefined {
  for (const { fields, neededBy } of alternatives) {
    const given = fields.filter((field) => Object.hasOwn(state, field));
    if (given.length > 1 || (given.length === 0 && neededBy?.test(state.Type))) {
      return `has ${given.join(' and ') || 'none'} of ${fields.join(', ')}; allowed is one`;
    }
  }
  if (state.Type !== 'Task') return undefined;
  const known = parametersOf[state.Resource];
  const unknown = known && state.Parameters?.names.filter((name) => !known.includes(name)).join(', ');
  return unknown && `the local cloud does not have the parameters ${unknown}`;
}

function targetsOf(state: State): string[] {
  const rules = 'Catch' in state ? state.Catch : 'Choices' in state ? state.Choices : [];
  const own = 'Next' in state ? state.Next : 'Default' in state ? state.Default : undefined;
  return [...rules.map(({ Next }) => Next), ...(own === undefined ? [] : [own])];
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

/** Names the innermost state. */
function described(issue: z.core.$ZodIssue): string {
  const at = issue.path.slice(0, -1).lastIndexOf('States');
  const where = at < 0 ? 'the definition' : `state "${String(issue.path[at + 1])}"`;
  const field = issue.path.slice(at < 0 ? 0 : at + 2).join('.');
  const unknown =
    issue.code === 'unrecognized_keys' && `the local cloud does not have ${issue.keys.join(', ')}`;
  const reason = issue.code === 'invalid_key' ? issue.issues[0]?.message : unknown || issue.message;
  return `${where}: ${field && `${field}: `}${reason}.`;
}
