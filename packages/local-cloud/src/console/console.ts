import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { findExecutions } from './find-executions.ts';
import { pageFile } from './page-file.ts';
import { serverSentEvents } from './server-sent-events.ts';

/** What the console works with. */
export interface ConsolePorts {
  /** By signing name. */
  readonly services: ReadonlyMap<string, AwsService>;
  /** What `GET /_local/events` sends whenever it has changed. */
  snapshot(): object;
}

/** Names below `/_local/` that are taken. */
export const consoleRoutes = ['aws', 'executions', 'events'];

/** What the page may call. Values of secrets are none of its business. */
const operations: Readonly<Record<string, readonly string[]>> = {
  states: [
    ...['ListStateMachines', 'DescribeStateMachine', 'DescribeStateMachineForExecution'],
    ...['DescribeExecution', 'GetExecutionHistory', 'StopExecution', 'RedriveExecution'],
  ],
  lambda: ['ListFunctions'],
  logs: ['DescribeLogGroups', 'FilterLogEvents'],
  dynamodb: [
    ...['ListTables', 'DescribeTable', 'Scan'],
    ...['DescribeStream', 'GetShardIterator', 'GetRecords'],
  ],
  sqs: [
    ...['ListQueues', 'GetQueueAttributes', 'ReceiveMessage', 'ListDeadLetterSourceQueues'],
    ...['StartMessageMoveTask', 'ListMessageMoveTasks', 'PurgeQueue'],
  ],
  secretsmanager: ['ListSecrets'],
  'execute-api': ['DeleteConnection'],
};

const ofJson = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/**
 * The operator's console at `/_local/`: its page, and what that asks for. It reads the account with the operations of
 * AWS's APIs, in process: they pass no fault, and count as no call.
 */
export function createConsole({ services, snapshot }: ConsolePorts): PublicRoute {
  const events = serverSentEvents(snapshot);

  async function call(service: string, operation: string, input: JsonObject): Promise<JsonObject> {
    if (Object.hasOwn(operations, service) && operations[service]?.includes(operation))
      return { ...(await services.get(service)?.perform({ operation, input })) };
    const known = Object.entries(operations).flatMap(([name, own]) => own.map((each) => `${name}/${each}`));
    const message = `The console does not have ${service}/${operation}; it has ${known.join(', ')}`;
    throw new AwsError('UnknownOperationException', message, 404);
  }

  async function answer(request: IncomingMessage, { pathname, searchParams }: URL): Promise<object> {
    const [, service, operation] = /^\/_local\/aws\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
    if (service !== undefined && operation !== undefined)
      return await call(service, operation, await jsonBody(request));
    const states = services.get('states');
    return states ? await findExecutions(states, Object.fromEntries(searchParams)) : { executions: [] };
  }

  return {
    matches: ({ url = '' }) => routeOf(pathOf(url)) !== undefined,
    async handle(request, response) {
      const url = new URL(request.url ?? '', 'http://localhost');
      const route = routeOf(url.pathname);
      const allowed = route === 'aws' ? 'POST' : 'GET';
      if (request.method !== allowed) return refuse(response, 405, `Method not allowed; allowed: ${allowed}`);
      if (route === 'redirect') return void response.writeHead(308, { location: '/_local/' }).end();
      if (route === 'events') return events(response);
      if (route === 'page') {
        const { headers, body } = await pageFile(url.pathname.slice('/_local/'.length));
        return void response.writeHead(200, headers).end(body);
      }
      try {
        const body = JSON.stringify(await answer(request, url));
        response.writeHead(200, ofJson).end(body);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        refuse(response, error.status, error.message, error.name);
      }
    },
  };
}

/** Which part of the console answers a path; undefined for none. */
function routeOf(path: string): 'page' | 'aws' | 'executions' | 'events' | 'redirect' | undefined {
  if (path === '/_local') return 'redirect';
  if (/^\/_local\/(console\.(js|css))?$/.test(path)) return 'page';
  const [, name] = /^\/_local\/(aws(?=\/[^/]+\/[^/]+$)|executions$|events$)/.exec(path) ?? [];
  return name as 'aws' | 'executions' | 'events' | undefined;
}

const pathOf = (url: string): string => url.split('?')[0] ?? '';

/** @throws AwsError SerializationException */
async function jsonBody(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    const input: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    if (typeof input === 'object' && input && !Array.isArray(input)) return { ...input };
  } catch {}
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}

function refuse(response: ServerResponse, status: number, message: string, code?: string): void {
  response.writeHead(status, ofJson).end(JSON.stringify({ ...(code && { __type: code }), message }));
}
