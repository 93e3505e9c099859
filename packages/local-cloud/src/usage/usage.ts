import { prices } from './prices.ts';

/** Counts what AWS would bill since the last reset. */
export interface Usage {
  /** One call of a service's operation, by the role of that name; the operator's when absent. */
  call(service: string, operation: string, roleName?: string): void;
  /** DynamoDB units on a table. */
  units(table: string, units: { readonly read?: number; readonly write?: number }): void;
  /** One Lambda invocation. */
  invocation(functionPath: string, gbSeconds: number): void;
  /** One Step Functions state transition. */
  transition(stateMachine: string, state: string): void;
  /** One Step Functions Express execution. */
  express(stateMachine: string, gbSeconds: number): void;
  /** One message: HTTP request, WebSocket message, queue message, event, e-mail. */
  message(kind: MessageKind): void;
  report(): UsageReport;
  reset(): void;
}

type MessageKind = 'http' | 'websocket' | 'queue' | 'event' | 'email';
type Counter = Record<string, Record<string, number>>;

/** Every map is sorted by first use. */
interface Counts {
  /** ISO time of the start or the last reset. */
  readonly since: string;
  /** By service and operation: `calls.dynamodb.UpdateItem`. */
  readonly calls: Counter;
  /** By the caller's role and operation: `callers.MyRole['dynamodb:UpdateItem']`. */
  readonly callers: Counter;
  /** Request units by table. */
  readonly units: Record<string, { read: number; write: number }>;
  /** By construct path. */
  readonly functions: Record<string, { invocations: number; gbSeconds: number }>;
  /** By state machine and state. */
  readonly transitions: Counter;
  /** Express executions by state machine. */
  readonly express: Record<string, { executions: number; gbSeconds: number }>;
  readonly messages: Record<MessageKind, number>;
}

/** What `GET /_local/usage` answers. */
export interface UsageReport extends Counts {
  readonly price: readonly PriceLine[];
  readonly totalUsd: number;
}

/** One line of the bill. */
export interface PriceLine {
  readonly item: string;
  readonly quantity: number;
  readonly usdPerUnit: number;
  readonly usd: number;
}

/** Counters at zero. */
export function createUsage(now: () => Date = () => new Date()): Usage {
  let counts = nothing(now());

  return {
    call(service, operation, roleName = 'operator') {
      increment(counts.calls, service, operation);
      increment(counts.callers, roleName, `${service}:${operation}`);
    },
    units(table, { read = 0, write = 0 }) {
      const sum = slot(counts.units, table, () => ({ read: 0, write: 0 }));
      sum.read += read;
      sum.write += write;
    },
    invocation(functionPath, gbSeconds) {
      const sum = slot(counts.functions, functionPath, () => ({ invocations: 0, gbSeconds: 0 }));
      sum.invocations += 1;
      sum.gbSeconds += gbSeconds;
    },
    transition: (stateMachine, state) => increment(counts.transitions, stateMachine, state),
    express(stateMachine, gbSeconds) {
      const sum = slot(counts.express, stateMachine, () => ({ executions: 0, gbSeconds: 0 }));
      sum.executions += 1;
      sum.gbSeconds += gbSeconds;
    },
    message(kind) {
      counts.messages[kind] += 1;
    },
    report() {
      const price = bill(counts);
      return { ...structuredClone(counts), price, totalUsd: total(price.map(({ usd }) => usd)) };
    },
    reset() {
      counts = nothing(now());
    },
  };
}

function nothing(since: Date): Counts {
  return {
    since: since.toISOString(),
    calls: empty(),
    callers: empty(),
    units: empty(),
    functions: empty(),
    transitions: empty(),
    express: empty(),
    messages: { http: 0, websocket: 0, queue: 0, event: 0, email: 0 },
  };
}

function bill({ units, functions, transitions, express, messages }: Counts): PriceLine[] {
  const tables = Object.values(units);
  const lambdas = Object.values(functions);
  const quantities: Record<keyof typeof prices, number> = {
    transition: total(Object.values(transitions).flatMap((states) => Object.values(states))),
    expressRequest: total(Object.values(express).map(({ executions }) => executions)),
    expressGbSecond: total(Object.values(express).map(({ gbSeconds }) => gbSeconds)),
    writeUnit: total(tables.map(({ write }) => write)),
    readUnit: total(tables.map(({ read }) => read)),
    invocation: total(lambdas.map(({ invocations }) => invocations)),
    gbSecond: total(lambdas.map(({ gbSeconds }) => gbSeconds)),
    ...messages,
  };
  return Object.entries(quantities).map(([name, quantity]) => {
    const { item, usd } = prices[name as keyof typeof prices];
    return { item, quantity, usdPerUnit: usd, usd: quantity * usd };
  });
}

function increment(counter: Counter, first: string, second: string): void {
  const inner = slot<Record<string, number>>(counter, first, empty);
  inner[second] = (inner[second] ?? 0) + 1;
}

/** Without a prototype: tables and states may have any name. */
const empty = () => Object.create(null);

function slot<T>(record: Record<string, T>, key: string, first: () => T): T {
  record[key] ??= first();
  return record[key];
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}
