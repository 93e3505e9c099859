import type { AwsService, JsonObject } from '../wire/aws-service.ts';

/** What to look for; all members are texts of a query. */
interface ExecutionQuery {
  /** Only of this state machine. */
  readonly stateMachineArn?: string;
  readonly statusFilter?: string;
  /** Part of the name, in any case. */
  readonly search?: string;
  readonly maxResults?: string;
  readonly nextToken?: string;
}

interface Summary extends JsonObject {
  readonly executionArn: string;
  readonly name: string;
  readonly startDate: number;
}

const largestPage = 1000;

/**
 * Executions of one or all state machines, the newest first, by what ListExecutions cannot: part of their name.
 * @param states Step Functions, of which Express state machines do not list their executions.
 * @returns a page, with `nextToken` when there is another
 * @throws AwsError as ListExecutions
 */
export async function findExecutions(states: AwsService, query: ExecutionQuery) {
  const { stateMachineArn, statusFilter, search = '', nextToken = '' } = query;
  const limit = Math.min(Math.max(Math.trunc(Number(query.maxResults)) || 50, 1), largestPage);
  const wanted = search.trim().toLowerCase();
  const arns = stateMachineArn ? [stateMachineArn] : await standardMachines(states);
  const maxResults = wanted === '' && nextToken === '' ? Math.min(limit + 1, largestPage) : largestPage;
  const listed = arns.map((arn) =>
    list(states, { stateMachineArn: arn, statusFilter: statusFilter || null, maxResults }),
  );

  const executions: Summary[] = [];
  const [lastDate = '', lastArn] = nextToken.split(' ');
  let isBeyond = nextToken === '';
  for await (const execution of newestFirst(listed)) {
    // The last one of the page before may be gone.
    isBeyond ||= execution.startDate < Number(lastDate);
    if (isBeyond && execution.name.toLowerCase().includes(wanted)) executions.push(execution);
    isBeyond ||= execution.executionArn === lastArn;
    if (executions.length > limit) break;
  }
  const last = executions.length > limit ? executions[limit - 1] : undefined;
  const token = last && { nextToken: `${last.startDate} ${last.executionArn}` };
  return { executions: executions.slice(0, limit), ...token };
}

async function standardMachines(states: AwsService): Promise<readonly string[]> {
  const { stateMachines } = { ...(await states.perform({ operation: 'ListStateMachines', input: {} })) } as {
    readonly stateMachines: readonly { readonly stateMachineArn: string; readonly type: string }[];
  };
  return stateMachines.filter(({ type }) => type === 'STANDARD').map((machine) => machine.stateMachineArn);
}

/** Reads a page when somebody needs it. */
async function* list(states: AwsService, query: JsonObject): AsyncGenerator<Summary> {
  let token: string | undefined;
  do {
    const input = token === undefined ? query : { ...query, nextToken: token };
    const page = { ...(await states.perform({ operation: 'ListExecutions', input })) } as {
      readonly executions: readonly Summary[];
      readonly nextToken?: string;
    };
    yield* page.executions;
    token = page.nextToken;
  } while (token !== undefined);
}

/** Merges lists, each of which has its newest first. */
async function* newestFirst(lists: readonly AsyncGenerator<Summary>[]): AsyncGenerator<Summary> {
  const heads = await Promise.all(lists.map(async (own) => ({ own, head: await own.next() })));
  for (;;) {
    const dateOf = ({ head }: (typeof heads)[number]) => (head.done ? -1 : head.value.startDate);
    const newest = heads.reduce(
      (one, other) => (dateOf(other) > dateOf(one) ? other : one),
      heads[0] as (typeof heads)[number],
    );
    if (!newest || newest.head.done) return;
    yield newest.head.value;
    newest.head = await newest.own.next();
  }
}
