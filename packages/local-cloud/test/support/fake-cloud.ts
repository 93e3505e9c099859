import { createFaults } from '../../src/faults/faults.ts';
import { createAccess } from '../../src/iam/access.ts';
import type { FunctionDefinition, Functions, Invocation } from '../../src/lambda/functions.ts';
import { createUsage } from '../../src/usage/usage.ts';
import { startAwsEndpoint } from '../../src/wire/aws-endpoint.ts';
import type { AwsService, Cloud, PublicRoute } from '../../src/wire/cloud.ts';
import { startPublicEndpoint } from '../../src/wire/public-endpoint.ts';

// biome-ignore lint/suspicious/noExplicitAny: events are what the test says they are
export type Handler = (event: any) => unknown;

export const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

/** A cloud whose functions are plain functions, with real ports when `open` was called. */
export class FakeCloud {
  readonly services = new Map<string, AwsService>();
  readonly handlers = new Map<string, Handler>();
  readonly #definitions = new Map<string, FunctionDefinition>();
  readonly log: Parameters<Cloud['log']>[0][] = [];
  readonly routes: PublicRoute[] = [];
  readonly cloud: Cloud;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(options: Partial<Cloud['options']> = {}) {
    const functions: Functions = {
      define: () => {},
      find: (arn) => this.#definitions.get(arn),
      paths: () => [...this.#definitions.values()].map(({ path }) => path),
      invoke: (arn, payload) => this.#invoke(arn, payload),
      stop: async () => {},
    };
    this.cloud = {
      options: { port: 0, awsPort: 0, timeScale: 1, seed: 1, ...options },
      awsUrl: 'http://127.0.0.1:4566',
      publicUrl: 'http://127.0.0.1:3000',
      access: createAccess(),
      faults: createFaults(1, () => ({ functions: functions.paths(), services: [...this.services.keys()] })),
      usage: createUsage(),
      functions,
      // A token is the name of its owner.
      issuer: {
        issueToken: async ({ sub }) => sub,
        verify: async (sub) => ({ sub }),
        routes: () => ({ matches: () => false, handle: async () => {} }),
      },
      services: this.services,
      mount: (route) => {
        this.routes.push(route);
      },
      log: (entry) => {
        this.log.push(entry);
      },
    };
  }

  on(name: string, handler: Handler): this {
    this.handlers.set(arnOf(name), handler);
    this.define(name, {});
    return this;
  }

  /** Says more of a function than what it does; its role is the operator's, who may do all, unless told. */
  define(name: string, definition: Partial<FunctionDefinition>): void {
    const defaults = { role: 'operator', timeoutMs: 1_000 };
    const known = this.#definitions.get(arnOf(name)) ?? defaults;
    this.#definitions.set(arnOf(name), { ...known, ...definition } as FunctionDefinition);
  }

  /** Starts both servers. */
  async open(): Promise<this> {
    const front = await startPublicEndpoint(0, this.cloud.log);
    for (const route of this.routes) front.mount(route);
    front.open({ matches: () => false, handle: async () => {} });
    const aws = await startAwsEndpoint(0, this.cloud);
    Object.assign(this.cloud, { publicUrl: front.url, awsUrl: aws.url, mount: front.mount });
    this.#stops.push(front.stop, aws.stop);
    return this;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    for (const service of this.services.values()) await service.stop?.();
  }

  async #invoke(arn: string, payload: unknown): Promise<Invocation> {
    const handler = this.handlers.get(arn);
    if (!handler) throw new Error(`No function ${arn}`);
    try {
      const result = await handler(structuredClone(payload));
      return { ok: true, payload: result };
    } catch (error) {
      const { name, message } = error as Error;
      const kind = name === 'Throttled' ? 'throttled' : 'handled';
      return { ok: false, kind, errorType: name, errorMessage: message };
    }
  }
}

export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
