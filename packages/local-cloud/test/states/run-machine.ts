import type { Invocation } from '../../src/lambda/functions.ts';
import { createInterpreter, type InterpreterPorts } from '../../src/states/interpreter.ts';
import type { StateError } from '../../src/states/state-error.ts';
import { parseDefinition } from '../../src/states/state-machine-definition.ts';

export type Handler = (payload: never) => unknown;

/** Runs a machine; functions are named by their handlers, and fail by throwing. */
export async function runMachine(asl: object, input: unknown, handlers: Readonly<Record<string, Handler>>) {
  const types: string[] = [];
  const transitions: string[] = [];
  const ports = {
    timeScale: 0.001,
    access: { accessKeyFor: (role: string) => role, authorize: () => {} },
    usage: { transition: (_: string, state: string) => transitions.push(state) },
    functions: {
      invoke: async (arn: string, payload: unknown, taken: () => void): Promise<Invocation> => {
        taken();
        try {
          const result = await handlers[arn.split(':')[6] ?? '']?.(structuredClone(payload) as never);
          return { ok: true, payload: result };
        } catch (error) {
          const { name, message } = error as Error;
          return { ok: false, kind: 'handled', errorType: name, errorMessage: message };
        }
      },
    },
  } as unknown as InterpreterPorts;
  const record = (type: string) => types.push(type);
  const interpret = createInterpreter(ports, {
    machineName: 'Orders',
    role: 'role',
    context: {
      Execution: { Id: 'execution', Name: 'name', Input: input },
      StateMachine: { Id: 'machine', Name: 'Orders' },
    },
    record,
    enter: async (name, type) => {
      transitions.push(name);
      return { at: Date.now(), eventId: record(`${type}StateEntered`) };
    },
  });
  const definition = parseDefinition(JSON.stringify(asl));
  const { signal } = new AbortController();
  const ended = await interpret(definition, definition.StartAt, input, signal).then(
    (output) => ({ output }),
    ({ error, explanation }: StateError) => ({ output: undefined, error, explanation }),
  );
  return { ...ended, types, transitions };
}
