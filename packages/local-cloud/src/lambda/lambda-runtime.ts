import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import type { FunctionDefinition, Functions, Invocation } from './functions.ts';
import { type Completion, type Crash, FunctionPool } from './lambda-pool.ts';
import { type SandboxPorts, timedOut } from './lambda-sandbox.ts';

interface Deployed {
  readonly definition: FunctionDefinition;
  readonly pool: FunctionPool;
  /** Invocations that run or wait to run. */
  concurrency: number;
}

/** What functions work with. */
export interface FunctionsPorts extends SandboxPorts {
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'invocation'>;
}

/** Lambda's limit on an event. */
const maxEventBytes = 6 * 1024 * 1024;

const crashes: Readonly<Record<string, Crash>> = { 'crash-before': 'before', 'crash-after': 'after' };

/**
 * The embedded Lambda: each function has its own workers, with its own environment, memory and timeout.
 * Faults at `lambda:<path>` strike here.
 */
export function createFunctions(ports: FunctionsPorts): Functions {
  const functions = new Map<string, Deployed>();
  const stopping = new AbortController();

  async function invoke(
    arn: string,
    payload: unknown,
    taken: (requestId: string) => void,
  ): Promise<Invocation> {
    const deployed = functions.get(unqualified(arn));
    if (!deployed) return refused('service', 'ResourceNotFoundException', `Function not found: ${arn}`);
    const event = JSON.stringify(payload) ?? 'null';
    const bytes = Buffer.byteLength(event);
    if (bytes > maxEventBytes) {
      const message = `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${maxEventBytes} bytes)`;
      return refused('service', 'RequestEntityTooLargeException', message);
    }

    const { definition } = deployed;
    const { reservedConcurrency = Number.POSITIVE_INFINITY } = definition;
    if (deployed.concurrency >= reservedConcurrency) return throttled;
    const effect = ports.faults.strike({ kind: 'lambda', name: definition.path })?.effect;
    if (effect === 'throttle') return throttled;
    if (effect === 'error') return refused('unhandled', 'Runtime.InjectedFault', 'Injected fault: error');

    deployed.concurrency += 1;
    try {
      const { invocation, ms } =
        effect === 'hang'
          ? await hang(definition, taken)
          : await deployed.pool.run(event, crashes[effect ?? ''], taken);
      ports.usage.invocation(definition.path, gbSeconds(definition, ms));
      if (!invocation.ok && invocation.kind !== 'service') report(definition, invocation);
      return invocation;
    } finally {
      deployed.concurrency -= 1;
    }
  }

  /** As Lambda does in a function's log, for whoever wrote the handler. */
  function report(
    { path }: FunctionDefinition,
    { errorType, errorMessage, trace }: Extract<Invocation, { ok: false }>,
  ): void {
    ports.log({
      level: 'warn',
      message: `${errorType}: ${errorMessage}`,
      function: path,
      ...(trace && { trace }),
    });
  }

  async function hang(
    { timeoutMs }: FunctionDefinition,
    taken: (requestId: string) => void,
  ): Promise<Completion> {
    const requestId = randomUUID();
    taken(requestId);
    await wait(timeoutMs, undefined, { signal: stopping.signal }).catch(() => {});
    return { invocation: timedOut(requestId, timeoutMs), ms: timeoutMs };
  }

  return {
    define(definition) {
      if (functions.has(definition.arn)) throw new Error(`There are two functions named ${definition.name}`);
      functions.set(definition.arn, {
        definition,
        pool: new FunctionPool(definition, ports),
        concurrency: 0,
      });
    },

    find: (arn) => functions.get(unqualified(arn))?.definition,

    all: () => [...functions.values()].map(({ definition }) => definition),

    // "Never rejects" also when a payload cannot be JSON (a cycle, a BigInt).
    invoke: (arn, payload, taken = () => {}) =>
      invoke(arn, payload, taken).catch((error: Error) =>
        refused('service', 'InvalidRequestContentException', error.message),
      ),

    async stop() {
      stopping.abort();
      await Promise.all([...functions.values()].map(({ pool }) => pool.stop()));
    },
  };
}

/** Without `:<version or alias>`: there is one version of everything here. */
function unqualified(arn: string): string {
  return arn.split(':', 7).join(':');
}

/** Billed in steps of a millisecond. */
function gbSeconds({ memoryMb }: FunctionDefinition, ms: number): number {
  return ((memoryMb / 1024) * Math.max(1, Math.ceil(ms))) / 1000;
}

function refused(
  kind: Extract<Invocation, { ok: false }>['kind'],
  errorType: string,
  errorMessage: string,
): Invocation {
  return { ok: false, kind, errorType, errorMessage };
}

const throttled = refused('throttled', 'TooManyRequestsException', 'Rate Exceeded.');
