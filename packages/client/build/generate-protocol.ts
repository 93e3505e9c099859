import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import * as z from 'zod/mini';
import * as live from '../../../domain/protocol/live-protocol.ts';
import { OrderItem, OrderRequest } from '../../../domain/protocol/order-request.ts';
import * as protocol from '../../../domain/protocol/protocol.ts';

/** What the client speaks: each schema with the name and the description of its type. */
const types: readonly (readonly [name: string, schema: z.ZodMiniType, description: string])[] = [
  ['OrderRequest', OrderRequest, 'An order, as it is submitted.'],
  ['OrderItem', OrderItem, "One line of an order. `unitPrice` is in the currency's minor unit."],
  ['AcceptedOrder', protocol.AcceptedOrder, 'Answer to an accepted order.'],
  ['JobStatus', protocol.JobStatus, 'The last three are terminal.'],
  [
    'StatusDocument',
    protocol.StatusDocument,
    'A job as its owner sees it, over HTTP and over the socket alike. `status` tells which one it is.',
  ],
  ['Step', protocol.Step, 'A stage as seen in one job.'],
  ['StepStatus', protocol.StepStatus, 'Where a step stands.'],
  ['JobError', protocol.JobError, 'Why a job did not complete.'],
  ['JobPage', protocol.JobPage, "One page of an owner's jobs, newest first."],
  ['OrderDocument', protocol.OrderDocument, 'The record that a completed order became.'],
  ['Problem', protocol.Problem, 'RFC 9457 problem document.'],
  ['FieldError', protocol.FieldError, 'One field that was refused.'],
  ['ClientMessage', z.union(Object.values(live.clientMessages)), 'What a client sends over the socket.'],
  ['ServerMessage', z.union(Object.values(live.serverMessages)), 'What the server sends over the socket.'],
];

/** The status documents, told apart by their status: each with what it always has and what it never has. */
const jobs: readonly {
  readonly name: string;
  readonly description: string;
  readonly status: readonly string[];
  readonly has?: readonly string[];
  readonly lacks: readonly string[];
}[] = [
  {
    name: 'OpenJob',
    description: 'A job that has not ended.',
    status: ['queued', 'processing'],
    lacks: ['result', 'error'],
  },
  {
    name: 'CompletedJob',
    description: 'A job whose order was created.',
    status: ['completed'],
    has: ['result'],
    lacks: ['error', 'estimatedCompletion', 'cancelling'],
  },
  {
    name: 'FailedJob',
    description: 'A job that failed.',
    status: ['failed'],
    has: ['error'],
    lacks: ['result', 'estimatedCompletion', 'cancelling'],
  },
  {
    name: 'CancelledJob',
    description: 'A job that was cancelled.',
    status: ['cancelled'],
    has: ['error'],
    lacks: ['result', 'estimatedCompletion', 'cancelling'],
  },
];

/** The text of `protocol.ts`: the contract's types without its schemas, so that the package needs no zod. */
export async function protocolTypes(): Promise<string> {
  const text = await compile({ definitions: definitions() } as JSONSchema, 'Protocol', {
    bannerComment: `// Generated from the schemas in domain/ by \`npm run build:client\`. Do not edit.\nimport type { ${Object.values(codes).join(', ')} } from './codes.ts';\n`,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    format: false,
  });
  return formatted(text.replace(emptyRoot, '').replaceAll(mention, ''));
}

/** The compiler's name for a schema that is nothing but definitions. */
const emptyRoot = /export interface Protocol \{[^}]*\}\n/;
/** The compiler's remark on every definition. */
const mention =
  /(?: \*\s*\n)? \* This interface was referenced by `Protocol`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g;

function definitions(): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of types) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/definitions/${id}` });
  const definition = (name: string): JSONSchema => {
    const { $schema: _, $id: __, id: ___, ...schema } = schemas[name] ?? {};
    return schema as JSONSchema;
  };
  const named = types.map(([name, , description]) => [name, { ...definition(name), description }] as const);
  const all = { ...Object.fromEntries(named), ...jobsOf(definition('StatusDocument')) };
  return Object.fromEntries(
    Object.entries(all).map(([name, schema]) => [name, coded(name, lenient(schema))]),
  );
}

/** `StatusDocument` as the union of {@link jobs}. */
function jobsOf(schema: JSONSchema): Record<string, JSONSchema> {
  const { properties = {}, required } = schema;
  const [, , description = ''] = types.find(([name]) => name === 'StatusDocument') ?? [];
  const union = { description, anyOf: jobs.map(({ name }) => ({ $ref: `#/definitions/${name}` })) };
  const variants = jobs.map(({ name, description, status, has = [], lacks }) => [
    name,
    {
      ...schema,
      description,
      properties: {
        ...properties,
        status: { enum: [...status] },
        ...Object.fromEntries(lacks.map((property) => [property, { tsType: 'undefined' }])),
      },
      required: [...(required as string[]), ...has],
    },
  ]);
  return { StatusDocument: union, ...Object.fromEntries(variants) };
}

/** Types of `code` that are written by hand: the contract's schemas take any text. */
const codes: Readonly<Record<string, string>> = { JobError: 'JobErrorCode', Problem: 'RefusalCode' };

function coded(name: string, schema: JSONSchema): JSONSchema {
  const tsType = codes[name];
  if (!tsType) return schema;
  const { code, ...properties } = schema.properties ?? {};
  return { ...schema, properties: { ...properties, code: { ...code, tsType } } };
}

/**
 * Optional properties may be undefined, too: JSON leaves both out, and applications that are strict about the
 * difference should not have to care.
 */
function lenient(schema: JSONSchema): JSONSchema {
  const { properties, required, items, anyOf } = schema;
  const orUndefined = ({ description, ...type }: JSONSchema) => ({
    ...(description && { description }),
    anyOf: [type, { tsType: 'undefined' }],
  });
  const property = ([name, type]: [string, JSONSchema]) => [
    name,
    Array.isArray(required) && required.includes(name) ? lenient(type) : orUndefined(lenient(type)),
  ];
  return {
    ...schema,
    ...(anyOf && { anyOf: anyOf.map(lenient) }),
    ...(items && { items: lenient(items as JSONSchema) }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(property)) }),
  };
}

const biome = join(import.meta.dirname, '../../../node_modules/.bin/biome');

const formatted = (text: string): string =>
  execFileSync(biome, ['format', '--stdin-file-path=protocol.ts'], {
    input: text,
    encoding: 'utf8',
  });

if (import.meta.main) process.stdout.write(await protocolTypes());
