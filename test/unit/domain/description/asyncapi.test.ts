import schema from '@asyncapi/specs/schemas/3.1.0.json' with { type: 'json' };
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { asyncapi } from '../../../../domain/description/asyncapi.ts';
import { clientMessages, serverMessages } from '../../../../domain/protocol/live-protocol.ts';

type Json = Record<string, unknown>;

interface Reference {
  readonly $ref: string;
}

const description = asyncapi() as {
  channels: { live: { messages: Record<string, Reference> } };
  operations: Record<string, { channel: Reference; messages: readonly Reference[] }>;
};

/** The schema brings its own copy of the meta-schema, and keywords and formats that Ajv does not know. */
const options = { meta: false, validateSchema: false, strict: false, validateFormats: false } as const;

/** Every reference in a document. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { $ref } = value as Json;
  return [...(typeof $ref === 'string' ? [$ref] : []), ...Object.values(value).flatMap(referencesIn)];
}

const resolve = (reference: string): unknown =>
  reference
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], description);

describe('the AsyncAPI description', () => {
  it('is valid in version 3.1', () => {
    const validate = new Ajv(options).compile(schema);

    validate(description);

    expect(validate.errors ?? []).toEqual([]);
  });

  it('resolves every reference', () => {
    const references = referencesIn(description);

    expect(references).not.toEqual([]);
    expect(references.filter((reference) => resolve(reference) === undefined)).toEqual([]);
  });

  it.each([
    ['receiveMessage', clientMessages],
    ['sendMessage', serverMessages],
  ])('names every message of operation %s, by way of its channel', (operation, messages) => {
    const { channel, messages: references = [] } = description.operations[operation] ?? {};

    expect(channel).toEqual({ $ref: '#/channels/live' });
    expect(references.map(({ $ref }) => $ref)).toEqual(
      Object.keys(messages).map((name) => `#/channels/live/messages/${name}`),
    );
    expect(references.map(({ $ref }) => resolve((resolve($ref) as Reference).$ref))).toEqual(
      Object.keys(messages).map((name) => expect.objectContaining({ name })),
    );
  });
});
