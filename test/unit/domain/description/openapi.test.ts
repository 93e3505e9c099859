import { describe, expect, it } from '@jest/globals';
import { openapi } from '../../../../domain/description/openapi.ts';
import { type Route, routes } from '../../../../domain/protocol/protocol.ts';

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly security?: unknown[];
  readonly requestBody?: unknown;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Record<string, Json>;
}

const description = openapi() as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Json>> & { schemas: { WebhookEvent: Json }; responses: object };
};

const table: readonly Route[] = routes;
const operationOf = (route: Route) => description.paths[route.path]?.[route.method.toLowerCase()];

/** Every object in a document. */
function* objectsIn(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Json;
  for (const member of Object.values(value)) yield* objectsIn(member);
}

const resolve = (reference: string): unknown =>
  reference
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, key) => (value as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      description,
    );

describe('the OpenAPI description', () => {
  it('is JSON in version 3.1', () => {
    expect(description.openapi).toMatch(/^3\.1\./);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  it('describes the routes of the protocol and no others', () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(described.sort()).toEqual(table.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('names the public base of the API as its server', () => {
    const base = 'https://api.example.com/v1';

    expect(openapi(base)).toMatchObject({ servers: [{ url: base }] });
    expect(openapi()).toMatchObject({ servers: [{ url: '/api' }] });
  });

  it('says that a client may wait for a change, on the route where it may', () => {
    const withPrefer = table.filter((route) =>
      operationOf(route)?.parameters?.some(({ name }) => name === 'Prefer'),
    );

    expect(withPrefer.map(({ operation }) => operation)).toEqual(['status']);
  });

  it('describes the webhook, whose body has no ticket', () => {
    const { webhooks } = description as unknown as {
      webhooks: { orderEnded: { post: { requestBody: unknown; parameters: { name: string }[] } } };
    };

    const { requestBody, parameters } = webhooks.orderEnded.post;
    expect(requestBody).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/WebhookEvent' } } },
    });
    expect(parameters.map(({ name }) => name)).toEqual([
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
    ]);
    const schema = description.components.schemas.WebhookEvent as {
      properties: { data: { properties: Json } };
    };
    expect(schema.properties.data.properties).toHaveProperty('steps');
    expect(schema.properties.data.properties).not.toHaveProperty('updatesUrl');
  });

  it('resolves every reference', () => {
    const references = [...objectsIn(description)].flatMap(({ $ref }) =>
      typeof $ref === 'string' ? [$ref] : [],
    );

    expect(references.length).toBeGreaterThan(0);
    for (const reference of references)
      expect([reference, resolve(reference)]).toEqual([reference, expect.anything()]);
  });

  it('holds no component that nothing refers to', () => {
    const text = JSON.stringify(description);
    const names = ['schemas', 'headers', 'responses'].flatMap((kind) =>
      Object.keys(description.components[kind] ?? {}).map((name) => `#/components/${kind}/${name}`),
    );

    expect(names.filter((name) => !text.includes(`"${name}"`))).toEqual([]);
  });

  it('leaks no empty or undefined member', () => {
    for (const object of objectsIn(description)) expect(Object.values(object)).not.toContain(undefined);
  });
});

describe('a refusal that the gateway may answer by itself', () => {
  const responses = description.components.responses as Record<
    string,
    { headers: Json; content: Record<string, { schema: unknown }> }
  >;

  it.each([401, 413, 429, 500, 503])('%i promises no more than the gateway gives', (status) => {
    const { headers, content } = responses[`Refusal${status}`] ?? { headers: {}, content: {} };

    expect(headers).not.toHaveProperty('X-Request-Id');
    expect(headers).toHaveProperty('Apigw-Requestid');
    expect(content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/GatewayProblem' } },
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
  });

  it.each([400, 404, 409, 415, 422])('%i is none: it comes from a function', (status) => {
    const { headers, content } = responses[`Refusal${status}`] ?? { headers: {}, content: {} };

    expect(headers).toHaveProperty('X-Request-Id');
    expect(Object.keys(content)).toEqual(['application/problem+json']);
  });
});

describe.each(table.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  const operation = operationOf(route);

  it('documents its success, its own refusals and the shared ones', () => {
    const own = [route.success.status, ...route.refusals, ...(route.public ? [] : [401, 403])];

    expect(
      Object.keys(operation?.responses ?? {})
        .map(Number)
        .sort(),
    ).toEqual([...own, 429, 500, 503].sort());
  });

  it('asks for a token unless it is public', () => {
    expect(operation?.security).toEqual(route.public ? [] : undefined);
  });

  it('declares the parameters in its path', () => {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

    expect(
      operation?.parameters
        .filter((parameter) => parameter.in === 'path' && parameter.required)
        .map(({ name }) => name),
    ).toEqual(names);
  });

  it('describes the body it takes, if any', () => {
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined);
  });

  it('has an operation id that names its function', () => {
    expect(operation?.operationId).toBe(route.operation);
  });
});
