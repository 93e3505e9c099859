import * as z from 'zod/mini';
import { WebhookEvent } from '../job/webhook.ts';
import { OrderItem, OrderRequest } from '../protocol/order-request.ts';
import * as protocol from '../protocol/protocol.ts';
import { componentSchemas } from './json-schema.ts';

/** Schemas that stand under their own name in the description. */
const named = {
  OrderRequest,
  OrderItem,
  AcceptedOrder: protocol.AcceptedOrder,
  StatusDocument: protocol.StatusDocument,
  Step: protocol.Step,
  JobError: protocol.JobError,
  JobPage: protocol.JobPage,
  OrderDocument: protocol.OrderDocument,
  Problem: protocol.Problem,
  GatewayProblem: protocol.GatewayProblem,
  FieldError: protocol.FieldError,
  WebhookEvent,
};

/** Refusals that every route may answer with: the gateway's own, and faults of ours. */
const sharedRefusals = [429, 500, 503] as const;

/** Refusals that the gateway may answer by itself: as `{"message"}`, without any header of ours. */
const gatewayRefusals: readonly number[] = [401, 413, 429, 500, 503];

const refusals: Record<number, string> = {
  304: 'Not modified: the client has this version.',
  400: 'The body is not JSON in UTF-8.',
  401: 'No access token, or a bad one.',
  404: "There is no such thing, or it is another owner's.",
  409: "The job's status does not allow it; `detail` says why.",
  413: 'The body is over 200 KB.',
  415: 'The body is not declared as application/json.',
  422: 'Fields were refused; `errors` names each of them.',
  429: 'Too many requests; try again later, after Retry-After where that is sent.',
  500: 'A fault of ours; quote the request id.',
  503: 'A dependency is down; try again later, with the same Idempotency-Key.',
};

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes a repeated request harmless: the same key and order give the same job again. Kept for seven days by default.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
};

const headers: Record<string, object> = {
  'Idempotency-Replayed': {
    description: '`true` when an earlier request under the same key made the job.',
    schema: { type: 'string', const: 'true' },
  },
  ETag: { description: 'Changes exactly when `version` does.', schema: { type: 'string' } },
  Location: { description: 'The status URL.', schema: { type: 'string' } },
  'Retry-After': {
    description: 'Seconds to wait. Absent once the job is terminal, and where the gateway itself refuses.',
    schema: { type: 'integer', minimum: 0 },
  },
  'Apigw-Requestid': {
    description: 'The id of the request, which the gateway gives on every answer.',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'The id under which our logs know the request.',
    schema: { type: 'string' },
  },
};

/** The OpenAPI 3.1 description of the HTTP API, made from the same schemas that validate it. */
export function openapi(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Accepted',
      version: '1.0.0',
      summary: 'Orders, accepted at once and processed asynchronously.',
      description: '`202 Accepted` comes at once with a status URL; the work goes on behind it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: protocol.basePath, description: 'The API that answered this description.' }],
    security: [{ accessToken: [] }],
    tags: [{ name: 'orders', description: 'Orders and the jobs that process them.' }],
    paths: paths(protocol.routes),
    webhooks: { orderEnded: { post: orderEnded() } },
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token; its `sub` owns the jobs.',
        },
      },
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => [componentName(name), header]),
      ),
      responses: Object.fromEntries(
        Object.entries(refusals).map(([status, description]) => [
          `Refusal${status}`,
          refusal(Number(status), description),
        ]),
      ),
      schemas: componentSchemas(named),
    },
  };
}

function paths(table: readonly protocol.Route[]): Record<string, Record<string, object>> {
  const result: Record<string, Record<string, object>> = {};
  for (const route of table) {
    result[route.path] = { ...result[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return result;
}

function operation(route: protocol.Route): object {
  const { success } = route;
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: ['orders'],
    ...(route.public && { security: [] }),
    parameters: parameters(route),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
      },
    }),
    responses: {
      [success.status]: {
        description: success.description,
        headers: headerReferences(['X-Request-Id', ...(route.headers ?? [])]),
        content: { 'application/json': { schema: schemaOf(success.body, 'output') } },
      },
      ...Object.fromEntries(
        [...route.refusals, ...(route.public ? [] : [401]), ...sharedRefusals].map((status) => [
          status,
          { $ref: `#/components/responses/Refusal${status}` },
        ]),
      ),
    },
  };
}

/** The one request that goes the other way: to the `callbackUrl` of an order. */
function orderEnded(): object {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    description,
    required: true,
    schema: { type: 'string' },
  });
  return {
    operationId: 'orderEnded',
    summary: 'The job of an order with a callbackUrl has ended',
    description:
      'Signed as Standard Webhooks say. It may come more than once: drop a webhook-id that you know.',
    tags: ['orders'],
    // The signature vouches for us.
    security: [],
    parameters: [
      header('webhook-id', 'The same at every attempt to tell of this end.'),
      header('webhook-timestamp', 'When it was sent, in seconds since the epoch.'),
      header('webhook-signature', 'A list of signatures, separated by spaces.'),
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(WebhookEvent, 'output') } },
    },
    responses: {
      '2XX': { description: 'Taken.' },
      '410': { description: 'Not wanted any more: no further attempt is made.' },
    },
  };
}

function parameters(route: protocol.Route): object[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query =
    route.query && (z.toJSONSchema(route.query, { io: 'input' }) as { properties: Record<string, object> });
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));
  const conditional = route.headers?.includes('ETag')
    ? [{ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } }]
    : [];
  return [...inPath, ...inQuery, ...conditional, ...(route.idempotent ? [idempotencyKey] : [])];
}

function refusal(status: number, description: string): object {
  const later = status === 429 || status === 503 ? ['Retry-After'] : [];
  if (status === 304)
    return { description, headers: headerReferences(['X-Request-Id', 'ETag', 'Retry-After']) };
  const problem = reference('Problem');
  if (!gatewayRefusals.includes(status)) {
    return {
      description,
      headers: headerReferences(['X-Request-Id']),
      content: { 'application/problem+json': { schema: problem } },
    };
  }
  return {
    description,
    headers: headerReferences(['Apigw-Requestid', ...later]),
    content: {
      'application/problem+json': { schema: problem },
      'application/json': { schema: reference('GatewayProblem') },
    },
  };
}

const reference = (schema: keyof typeof named): object => ({ $ref: `#/components/schemas/${schema}` });

const componentName = (header: string): string => header.replaceAll('-', '');

const headerReferences = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${componentName(name)}` }]));

/** A reference where the schema has a name, the schema itself elsewhere. */
function schemaOf(schema: z.ZodMiniType, io: 'input' | 'output'): object {
  const name = Object.entries(named).find(([, candidate]) => candidate === schema)?.[0];
  return name ? reference(name as keyof typeof named) : z.toJSONSchema(schema, { io });
}
