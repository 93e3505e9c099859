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
  const [lastDate = '', lastArn, ...tokens] = nextToken.split(' ');
  const maxResults = wanted === '' ? Math.min(limit + 1, largestPage) : largestPage;
  const lists = arns.map((arn, index) => {
    const input = { stateMachineArn: arn, statusFilter: statusFilter || null, maxResults };
    return list(states, input, tokens[index] || undefined);
  });

  const executions: Summary[] = [];
  let isBeyond = nextToken === '';
  let next: string | undefined;
  for await (const { execution, tokensThen } of newestFirst(lists)) {
    // The last one of the page before may be gone.
    isBeyond ||= execution.startDate < Number(lastDate);
    if (isBeyond && execution.name.toLowerCase().includes(wanted)) {
      if (next !== undefined) return { executions, nextToken: next };
      executions.push(execution);
      if (executions.length === limit)
        next = [execution.startDate, execution.executionArn, ...tokensThen].join(' ');
    }
    isBeyond ||= execution.executionArn === lastArn;
  }
  return { executions };
}

async function standardMachines(states: AwsService): Promise<readonly string[]> {
  const { stateMachines } = { ...(await states.perform({ operation: 'ListStateMachines', input: {} })) } as {
    readonly stateMachines: readonly { readonly stateMachineArn: string; readonly type: string }[];
  };
  return stateMachines.filter(({ type }) => type === 'STANDARD').map((machine) => machine.stateMachineArn);
}

/** Reads a page when somebody needs it. Each execution comes with the token of its page. */
async function* list(states: AwsService, input: JsonObject, from: string | undefined) {
  let token = from;
  do {
    const paged = { ...input, ...(token !== undefined && { nextToken: token }) };
    const page = { ...(await states.perform({ operation: 'ListExecutions', input: paged })) } as {
      readonly executions: readonly Summary[];
      readonly nextToken?: string;
    };
    for (const execution of page.executions) yield { execution, token };
    token = page.nextToken;
  } while (token !== undefined);
}

/** Merges lists, each of which has its newest first. `tokensThen` are the pages that the lists were at. */
async function* newestFirst(lists: readonly ReturnType<typeof list>[]) {
  const heads = await Promise.all(lists.map(async (own) => ({ own, head: await own.next() })));
  const dateOf = ({ head }: (typeof heads)[number]) => (head.done ? -1 : head.value.execution.startDate);
  const tokenOf = ({ head }: (typeof heads)[number]) => (head.done ? '' : (head.value.token ?? ''));
  for (;;) {
    const [newest] = heads.toSorted((one, other) => dateOf(other) - dateOf(one));
    if (!newest || newest.head.done) return;
    yield { execution: newest.head.value.execution, tokensThen: heads.map(tokenOf) };
    newest.head = await newest.own.next();
  }
}
