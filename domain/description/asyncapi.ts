import { clientMessages, serverMessages } from '../protocol/live-protocol.ts';
import { JobError, StatusDocument, Step } from '../protocol/protocol.ts';
import { componentSchemas } from './json-schema.ts';

const summaries: Record<keyof typeof clientMessages | keyof typeof serverMessages, string> = {
  subscribe:
    'Watches a job. The server sends the current status, unless it is not newer than sinceVersion, and then every change.',
  unsubscribe: 'Stops watching a job.',
  ping: 'Keeps the connection from becoming idle.',
  status: 'The job changed.',
  complete: 'The job completed.',
  error: 'The job failed or was cancelled.',
  refused: 'The server refused a message.',
  pong: 'The answer to a ping.',
};

/** The AsyncAPI 3 description of the WebSocket API, generated from the schemas that validate its messages. */
export function asyncapi(): object {
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Accepted live API',
      version: '1.0.0',
      description:
        'Sends every change of a job. Delivery is at least once: drop messages whose version is not newer than yours.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      externalDocs: {
        url: './openapi.json',
        description: 'The HTTP API that accepts orders (OpenAPI 3.1).',
      },
    },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: '/live',
        title: 'Live status of jobs',
        description:
          'Connect to the `updatesUrl` of a job. The handshake is refused if the ticket is wrong or missing.',
        messages: references('#/components/messages', [...names(clientMessages), ...names(serverMessages)]),
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              required: ['jobId', 'ticket'],
              properties: { jobId: { type: 'string', format: 'uuid' }, ticket: { type: 'string' } },
            },
          },
        },
      },
    },
    operations: {
      receiveMessage: {
        action: 'receive',
        summary: 'Messages from clients.',
        channel: { $ref: '#/channels/live' },
        messages: Object.values(references('#/channels/live/messages', names(clientMessages))),
      },
      sendMessage: {
        action: 'send',
        summary: 'Messages from the server.',
        channel: { $ref: '#/channels/live' },
        messages: Object.values(references('#/channels/live/messages', names(serverMessages))),
      },
    },
    components: {
      messages: Object.fromEntries(
        [...names(clientMessages), ...names(serverMessages)].map((name) => [
          name,
          { name, summary: summaries[name], payload: { $ref: `#/components/schemas/${name}` } },
        ]),
      ),
      schemas: componentSchemas({ ...clientMessages, ...serverMessages, StatusDocument, Step, JobError }),
    },
  };
}

const names = <Name extends string>(messages: Record<Name, unknown>): Name[] =>
  Object.keys(messages) as Name[];

const references = (base: string, list: readonly string[]): Record<string, { $ref: string }> =>
  Object.fromEntries(list.map((name) => [name, { $ref: `${base}/${name}` }]));
