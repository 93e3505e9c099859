import * as z from 'zod/mini';
import { WebhookEvent } from '../job/webhook.ts';
import { OrderItem, OrderRequest } from '../protocol/order-request.ts';
import * as protocol from '../protocol/protocol.ts';
import { componentSchemas } from './json-schema.ts';

/** Schemas that have a name in the description. */
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

/** Refusals of every route: those of the gateway, and internal errors. */
const sharedRefusals = [429, 500, 503] as const;

/** Refusals that the gateway may answer by itself: with the body `{"message"}` and without our headers. */
const gatewayRefusals: readonly number[] = [401, 403, 413, 429, 500, 503];

const refusals: Record<number, string> = {
  304: 'Not modified: the client already has this version.',
  400: 'The body is not JSON in UTF-8.',
  401: 'The access token is missing or invalid, or the token is of another kind, such as an ID token.',
  403: 'The access token lacks the scope that this deployment asks for.',
  404: 'It does not exist or belongs to another owner.',
  409: "The job's status does not allow this; `detail` says why.",
  413: 'The body is larger than 200 KB.',
  415: 'The content type is not application/json, or the body is compressed.',
  422: 'Some fields are invalid; see `errors`.',
  429: 'Too many requests. Try again later, after Retry-After if it is present.',
  500: 'Internal error. Quote the request id when you ask for support.',
  503: 'A dependency failed. Try again later with the same Idempotency-Key.',
};

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes it safe to repeat a request: the same key with the same order returns the same job. Keys are kept for seven days by default.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
};

const prefer = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    '`wait=N` (RFC 7240) waits up to N seconds, at most 20, for a change. With `If-None-Match` it waits for a change after that version. A job that has ended, and a version that is newer already, are answered at once. A deployment may allow less, or ignore the preference.',
  schema: { type: 'string' },
};

const headers: Record<string, object> = {
  'Idempotency-Replayed': {
    description: '`true` when an earlier request with the same key created the job.',
    schema: { type: 'string', const: 'true' },
  },
  ETag: {
    description: 'Changes with `version`, and when the estimate of an overdue job moves.',
    schema: { type: 'string' },
  },
  Location: { description: 'The URL of the status.', schema: { type: 'string' } },
  'Retry-After': {
    description:
      'Seconds to wait; they grow while a job is overdue. Absent once the job is terminal, and from refusals of the gateway itself.',
    schema: { type: 'integer', minimum: 0 },
  },
  'Preference-Applied': {
    description:
      '`wait=N` when the preference was honoured: the next request may follow at once. Absent when it was not.',
    schema: { type: 'string' },
  },
  'Apigw-Requestid': {
    description: 'The request id, as the gateway sends it with every response.',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'The request id in our logs.',
    schema: { type: 'string' },
  },
};

/**
 * The OpenAPI 3.1 description of the HTTP API, generated from the schemas that validate its requests.
 *
 * @param apiUrl - base of the API's URLs: a path, or `https://…`
 */
export function openapi(apiUrl: string = protocol.basePath): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Accepted',
      version: '1.0.0',
      summary: 'Accepts orders at once and processes them asynchronously.',
      description:
        'An order is answered with `202 Accepted` and a status URL; processing continues in the background.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: apiUrl, description: 'The API that serves this description.' }],
    externalDocs: {
      url: './asyncapi.json',
      description: 'The WebSocket API behind `updatesUrl` (AsyncAPI 3).',
    },
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
          description: 'An access token. Its `sub` is the owner of the jobs.',
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
        [...route.refusals, ...(route.public ? [] : [401, 403]), ...sharedRefusals].map((status) => [
          status,
          { $ref: `#/components/responses/Refusal${status}` },
        ]),
      ),
    },
  };
}

/** The request that we send: a webhook to the `callbackUrl` of an order. */
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
    summary: 'The job of an order with a callbackUrl ended',
    description:
      'Signed according to Standard Webhooks. It may arrive more than once: ignore a webhook-id that you have already handled.',
    tags: ['orders'],
    // The signature authenticates us.
    security: [],
    parameters: [
      header('webhook-id', 'The same for every attempt to deliver this webhook.'),
      header('webhook-timestamp', 'Time of the attempt, in seconds since the epoch.'),
      header('webhook-signature', 'Signatures, separated by spaces.'),
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(WebhookEvent, 'output') } },
    },
    responses: {
      '2XX': { description: 'The webhook was received.' },
      '410': { description: 'The receiver no longer wants this webhook; it is not sent again.' },
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
  const waiting = route.headers?.includes('Preference-Applied') ? [prefer] : [];
  return [...inPath, ...inQuery, ...conditional, ...waiting, ...(route.idempotent ? [idempotencyKey] : [])];
}

function refusal(status: number, description: string): object {
  const later = status === 429 || status === 503 ? ['Retry-After'] : [];
  if (status === 304)
    return {
      description,
      headers: headerReferences(['X-Request-Id', 'ETag', 'Retry-After', 'Preference-Applied']),
    };
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

/** A reference if the schema has a name, otherwise the schema itself. */
function schemaOf(schema: z.ZodMiniType, io: 'input' | 'output'): object {
  const name = Object.entries(named).find(([, candidate]) => candidate === schema)?.[0];
  return name ? reference(name as keyof typeof named) : z.toJSONSchema(schema, { io });
}
