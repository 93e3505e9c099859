import { clientMessages, serverMessages } from '../protocol/live-protocol.ts';
import { JobError, StatusDocument, Step } from '../protocol/protocol.ts';
import { componentSchemas } from './json-schema.ts';

const summaries: Record<keyof typeof clientMessages | keyof typeof serverMessages, string> = {
  subscribe:
    'Watch a job: its present status comes at once (unless not newer than sinceVersion), then every change.',
  unsubscribe: 'No more about that job.',
  ping: 'Keeps the connection from being idle.',
  status: 'A visible change.',
  complete: 'The job is completed.',
  error: 'The job failed or was cancelled.',
  refused: 'A message that could not be taken.',
  pong: 'Answer to a ping.',
};

/** The AsyncAPI 3 description of the WebSocket API, made from the same schemas that validate it. */
export function asyncapi(): object {
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Accepted, live',
      version: '1.0.0',
      description:
        'Pushes every change of a job. Delivery is at least once: drop any message whose version is not newer than yours.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: '/live',
        title: 'One job, live',
        description:
          'Connect to `updatesUrl` as it was answered; a wrong or missing ticket is refused at the handshake.',
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
      ask: {
        action: 'receive',
        summary: 'What clients send.',
        channel: { $ref: '#/channels/live' },
        messages: Object.values(references('#/channels/live/messages', names(clientMessages))),
      },
      tell: {
        action: 'send',
        summary: 'What the server sends.',
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
