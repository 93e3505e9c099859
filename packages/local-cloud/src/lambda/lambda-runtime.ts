import type { Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import { type Functions, failed, type Invocation } from './functions.ts';
import { FunctionPool } from './lambda-pool.ts';
import type { Job, SandboxPorts } from './lambda-sandbox.ts';

/** What functions work with. */
export interface FunctionsPorts extends SandboxPorts {
  readonly faults: Pick<Faults, 'strike'>;
  readonly usage: Pick<Usage, 'invocation'>;
}

/** Lambda's limit on an event. */
const maxEventBytes = 6 * 1024 * 1024;

const throttled = failed('throttled', 'TooManyRequestsException', 'Rate Exceeded.');

/** The embedded Lambda: each function has sandboxes of its own. Faults at `lambda:<path>` strike here. */
export function createFunctions(ports: FunctionsPorts): Functions {
  const pools = new Map<string, FunctionPool>();
  /** Without `:<version or alias>`: there is one version of everything here. */
  const poolOf = (arn: string) => pools.get(arn.split(':', 7).join(':'));

  async function invoke(arn: string, payload: unknown, taken: Job['taken'] = () => {}): Promise<Invocation> {
    const pool = poolOf(arn);
    if (!pool) return failed('service', 'ResourceNotFoundException', `Function not found: ${arn}`);
    const event = JSON.stringify(payload) ?? 'null';
    const bytes = Buffer.byteLength(event);
    if (bytes > maxEventBytes) {
      const message = `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${maxEventBytes} bytes)`;
      return failed('service', 'RequestEntityTooLargeException', message);
    }

    const { path, memoryMb, reservedConcurrency = Number.POSITIVE_INFINITY } = pool.definition;
    if (pool.concurrency >= reservedConcurrency) return throttled;
    const fault = ports.faults.strike({ kind: 'lambda', name: path })?.effect;
    if (fault === 'throttle') return throttled;
    if (fault === 'error') return failed('unhandled', 'Runtime.InjectedFault', 'Injected fault: error');

    const { invocation, ms } = await pool.run({ event, fault, taken });
    // Billed in steps of a millisecond.
    ports.usage.invocation(path, ((memoryMb / 1024) * Math.max(1, Math.ceil(ms))) / 1000);
    if (!invocation.ok && invocation.kind !== 'service') {
      const { errorType, errorMessage, trace } = invocation;
      const message = `${errorType}: ${errorMessage}`;
      ports.log({ level: 'warn', message, function: path, ...(trace && { trace }) });
    }
    return invocation;
  }

  return {
    define(definition) {
      if (pools.has(definition.arn)) throw new Error(`There are two functions named ${definition.name}`);
      pools.set(definition.arn, new FunctionPool(definition, ports));
    },
    find: (arn) => poolOf(arn)?.definition,
    all: () => [...pools.values()].map(({ definition }) => definition),
    // "Never rejects" also when a payload cannot be JSON (a cycle, a BigInt).
    invoke: (...invocation) =>
      invoke(...invocation).catch(({ message }) =>
        failed('service', 'InvalidRequestContentException', message),
      ),
    async warm(part) {
      const all = [...pools.values()];
      const named = all.filter(({ definition: { path } }) => `/${path}/`.includes(`/${part}/`));
      if (named.length === 0) {
        const paths = all.map(({ definition: { path } }) => path).join(', ');
        throw new Error(`warm has "${part}", which is part of no function's path; functions: ${paths}`);
      }
      await Promise.all(named.map((pool) => pool.warm()));
    },
    stop: async () => void (await Promise.all([...pools.values()].map((pool) => pool.stop()))),
  };
}
