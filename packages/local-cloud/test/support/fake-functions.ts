import type { FunctionDefinition, Functions, Invocation } from '../../src/lambda/functions.ts';

// biome-ignore lint/suspicious/noExplicitAny: events are what the test says they are
export type Handler = (event: any) => unknown;

/** The ARN of the function of this name. */
export const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

/** A Lambda whose functions are plain functions. */
export class FakeFunctions implements Functions {
  readonly #handlers = new Map<string, Handler>();
  readonly #definitions = new Map<string, FunctionDefinition>();

  /** Sets what a function does. */
  on(name: string, handler: Handler): this {
    this.#handlers.set(arnOf(name), handler);
    this.describe(name, {});
    return this;
  }

  /** Sets more of a function than what it does. Its role is the operator's, who may do all, unless given. */
  describe(name: string, definition: Partial<FunctionDefinition>): void {
    const known = this.#definitions.get(arnOf(name)) ?? { role: 'operator', timeoutMs: 1_000 };
    this.#definitions.set(arnOf(name), { ...known, ...definition } as FunctionDefinition);
  }

  define(): void {}
  find = (arn: string) => this.#definitions.get(arn);
  all = () => [...this.#definitions.values()];
  async warm(): Promise<void> {}
  async stop(): Promise<void> {}

  async invoke(arn: string, payload: unknown): Promise<Invocation> {
    const handler = this.#handlers.get(arn);
    if (!handler) throw new Error(`No function ${arn}`);
    try {
      return { ok: true, payload: await handler(structuredClone(payload)) };
    } catch (error) {
      const { name, message } = error as Error;
      const kind = name === 'Throttled' ? 'throttled' : 'handled';
      return { ok: false, kind, errorType: name, errorMessage: message };
    }
  }
}
