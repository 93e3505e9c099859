import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from '@jest/globals';
import { asyncapi } from '../../../../domain/description/asyncapi.ts';
import { clientMessages, serverMessages } from '../../../../domain/protocol/live-protocol.ts';

describe('the AsyncAPI description', () => {
  it('is valid, without a remark of the parser', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncapi()));

    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
  });

  it('names every message, on the side that sends it', async () => {
    const { document } = await new Parser().parse(JSON.stringify(asyncapi()));
    const messagesOf = (operation: string) =>
      document
        ?.operations()
        .get(operation)
        ?.messages()
        .all()
        .map((message) => message.name());

    expect(messagesOf('receiveMessage')).toEqual(Object.keys(clientMessages));
    expect(messagesOf('sendMessage')).toEqual(Object.keys(serverMessages));
  });
});
