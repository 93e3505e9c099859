import { z } from 'zod';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { descriptionOf, type ExecutionRecord, redriveObstacle, summaryOf } from './execution-record.ts';
import { executionArn as arnOfExecution, type Executions } from './executions.ts';
import type { Express } from './express.ts';
import type { ExecutionLog, Machine } from './machine.ts';
import { largestPayload } from './state-data.ts';

export const machineArn = (name: string): string =>
  `arn:aws:states:${region}:${account}:stateMachine:${name}`;

/** Whitespace, brackets, wildcards, control and special characters that AWS refuses in names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const refusedInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/u;
const latest = Number.MAX_SAFE_INTEGER;
const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const;

const text = z.string();
const arn = text.refine((value) => value.startsWith('arn:'), refusedAs('InvalidArn', 'Invalid Arn'));
/** The name of an execution or a state machine. */
export const resourceName = text
  .min(1)
  .max(80)
  .refine((value) => !refusedInNames.test(value), refusedAs('InvalidName', 'Invalid Name'));
const executionInput = text
  .refine((value) => Buffer.byteLength(value) <= largestPayload, `Must have at most ${largestPayload} bytes`)
  .refine(isJson, refusedAs('InvalidExecutionInput', 'Invalid State Machine Execution Input'));
const positionIn = (token: string): number => Number(Buffer.from(token, 'base64url').toString());
const paging = {
  maxResults: z.int().min(0).max(1000).default(0),
  nextToken: text
    .refine((token) => positionIn(token) > 0, refusedAs('InvalidToken', 'Invalid Token'))
    .transform(positionIn)
    .optional(),
};

/** The wire API of Step Functions. Operations and members that are not listed here are refused. */
export function statesApi(
  machines: ReadonlyMap<string, Machine>,
  executions: Executions,
  express: Express,
): AwsService {
  const { store } = executions;

  function machineOf(arn: string): Machine {
    const machine = machines.get(arn);
    if (machine) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  const stateMachineArn = arn.transform(machineOf);
  const executionArn = arn.transform((arn): ExecutionRecord => {
    if (arn.split(':')[5] === 'express')
      throw new AwsError('InvalidArn', "Invalid Arn: 'Resource type not valid in this context: express'");
    const execution = store.find(arn);
    if (execution) return execution;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  });

  const operations: Readonly<Record<string, (input: JsonObject) => JsonObject | Promise<JsonObject>>> = {
    StartExecution: operation(
      { stateMachineArn, name: resourceName.optional(), input: executionInput.default('{}') },
      async ({ stateMachineArn: machine, name = crypto.randomUUID(), input }) => {
        if (machine.type === 'EXPRESS') {
          const { arn, started } = express.start(machine, name, input);
          return { executionArn: arn, startDate: started / 1000 };
        }
        const same = store.find(arnOfExecution(machine.name, name));
        if (same && (same.status !== 'RUNNING' || same.input !== input)) {
          throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${same.arn}'`);
        }
        if (same) await store.committed();
        const { arn, started } = same ?? (await executions.start(machine, name, input));
        return { executionArn: arn, startDate: started / 1000 };
      },
    ),
    StopExecution: operation(
      { executionArn, error: text.max(256).optional(), cause: text.max(32_768).optional() },
      async ({ executionArn: execution, error, cause }) => {
        const { stopped } = await executions.stop(execution, error, cause);
        return { stopDate: (stopped ?? Date.now()) / 1000 };
      },
    ),
    RedriveExecution: operation(
      { executionArn, clientToken: text.min(1).max(64).optional() },
      async ({ executionArn: execution, clientToken }) => {
        // A client that lost the answer repeats the call with the same token.
        const isRepeated = clientToken !== undefined && clientToken === execution.redriveToken;
        const obstacle = isRepeated ? null : redriveObstacle(execution, Date.now());
        if (obstacle !== null) throw new AwsError('ExecutionNotRedrivable', obstacle);
        const { redriven } = isRepeated
          ? execution
          : await executions.redrive(machineOf(execution.machine), execution, clientToken);
        return { redriveDate: (redriven ?? Date.now()) / 1000 };
      },
    ),
    DescribeExecution: operation({ executionArn }, ({ executionArn: execution }) =>
      answer(descriptionOf(execution, Date.now())),
    ),
    ListExecutions: operation(
      { stateMachineArn, statusFilter: z.enum(statuses).nullable().default(null), ...paging },
      ({ stateMachineArn: { arn, type }, statusFilter, ...asked }) => {
        if (type === 'EXPRESS')
          throw new AwsError(
            'StateMachineTypeNotSupported',
            `ListExecutions is not supported by EXPRESS: '${arn}'`,
          );
        const read = (before = latest, count: number) => store.list(arn, statusFilter, before, count);
        const { items, nextToken } = page(asked, read, ({ seq }) => seq);
        return { executions: items.map((item) => answer(summaryOf(item))), nextToken };
      },
    ),
    GetExecutionHistory: operation(
      {
        executionArn,
        reverseOrder: z.boolean().default(false),
        includeExecutionData: z.boolean().default(true),
        ...paging,
      },
      ({ executionArn: { seq }, reverseOrder, includeExecutionData, ...asked }) => {
        const read = (position = reverseOrder ? latest : 0, count: number) =>
          store.events(seq, reverseOrder ? -1 : 1, position, count);
        const { items, nextToken } = page(asked, read, ({ id }) => id);
        return { events: includeExecutionData ? items : items.map(withoutData), nextToken };
      },
    ),
    DescribeStateMachine: operation({ stateMachineArn }, ({ stateMachineArn: machine }) => {
      const { definitionText: definition, role: roleArn, log } = machine;
      const described = { ...machineSummary(machine), status: 'ACTIVE', definition, roleArn };
      return log ? { ...described, loggingConfiguration: loggingOf(log) } : described;
    }),
    DescribeStateMachineForExecution: operation(
      { executionArn },
      ({ executionArn: { machine, version } }) => {
        const { role: roleArn, definition } = store.version(version);
        const [name, updateDate] = [machine.split(':').at(-1), (machines.get(machine)?.created ?? 0) / 1000];
        return { stateMachineArn: machine, name, definition, roleArn, updateDate };
      },
    ),
    ListStateMachines: operation({}, () => ({ stateMachines: [...machines.values()].map(machineSummary) })),
  };

  return {
    name: 'states',
    read: (request) => jsonCall(request, { AWSStepFunctions: Object.keys(operations) }),
    permissions({ operation, input: { stateMachineArn, executionArn } }) {
      const resource = String(stateMachineArn ?? executionArn ?? machineArn('*'));
      return [{ action: `states:${operation}`, resource }];
    },
    async perform({ operation, input }) {
      return await operations[operation]?.(input);
    },
  };
}

/** @throws AwsError ValidationException, or what `refusedAs` names. */
export function validated<Shape extends z.ZodRawShape>(shape: Shape, input: JsonObject) {
  const { data, error } = z.strictObject(shape).safeParse(input);
  const issue = error?.issues[0];
  if (!issue) return data as z.output<z.ZodObject<Shape>>;
  const { code } = (issue.code === 'custom' && issue.params) || {};
  if (code) throw new AwsError(code, issue.message);
  const reason =
    issue.code === 'unrecognized_keys'
      ? `the local cloud does not have ${issue.keys.join(', ')}`
      : `Value at '${issue.path.join('.')}' failed to satisfy constraint: ${issue.message}`;
  throw new AwsError('ValidationException', `1 validation error detected: ${reason}`);
}

function operation<Shape extends z.ZodRawShape>(
  shape: Shape,
  perform: (input: z.output<z.ZodObject<Shape>>) => JsonObject | Promise<JsonObject>,
) {
  return (input: JsonObject) => perform(validated(shape, input));
}

/** How a refinement fails with an error code of its own: `Invalid Name: 'a b'`. */
function refusedAs(code: string, reason: string) {
  return { params: { code }, error: ({ input }: { input?: unknown }) => `${reason}: '${input}'` };
}

function isJson(value: string): boolean {
  try {
    return JSON.parse(value) !== undefined;
  } catch {
    return false;
  }
}

/** One page, and the token of the next: the position of the page's last item. */
function page<Item>(
  { maxResults, nextToken }: { readonly maxResults: number; readonly nextToken?: number | undefined },
  read: (position: number | undefined, count: number) => readonly Item[],
  positionOf: (item: Item) => number,
) {
  const limit = maxResults || 100;
  const found = read(nextToken, limit + 1);
  const last = found.length > limit ? found[limit - 1] : undefined;
  const token = last && Buffer.from(String(positionOf(last))).toString('base64url');
  return { items: found.slice(0, limit), nextToken: token };
}

/** An event without inputs and outputs. */
function withoutData(event: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(event), (name, value) =>
    /^(?:in|out)put(?:Details)?$/.test(name) ? undefined : value,
  );
}

/** Dates are in seconds on the wire, and members without a value are left out. */
function answer(members: JsonObject): JsonObject {
  const present = Object.entries(members).filter(([, value]) => value !== null);
  const wired = present.map(([name, value]) => [name, name.endsWith('Date') ? Number(value) / 1000 : value]);
  return Object.fromEntries(wired);
}

function loggingOf({ group, level, includeExecutionData }: ExecutionLog): JsonObject {
  const logGroupArn = `arn:aws:logs:${region}:${account}:log-group:${group}:*`;
  return { level, includeExecutionData, destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }] };
}

function machineSummary({ arn, name, type, created }: Machine): JsonObject {
  return { stateMachineArn: arn, name, type, creationDate: created / 1000 };
}
