import type { IncomingMessage } from 'node:http';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDb } from '../dynamodb/dynamodb.ts';
import type { FaultRequest, Faults } from '../faults/faults.ts';
import type { Usage } from '../usage/usage.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';

/** What the control routes work with. */
export interface ControlPorts {
  readonly faults: Faults;
  readonly usage: Pick<Usage, 'report' | 'reset'>;
  readonly dynamodb: Pick<DynamoDb, 'perform'>;
  readonly outputs: Readonly<Record<string, string>>;
  /** The e-mails that SES accepted, oldest first. */
  inbox(): readonly object[];
  token(sub: string): Promise<string>;
}

type Answer = { readonly status: number; readonly body?: object };
type Action = (request: IncomingMessage, query: URLSearchParams) => Promise<Answer> | Answer;

/** `/_local/…`: how tests and people control this machine. */
export function createControl(ports: ControlPorts): PublicRoute {
  const { faults, usage, inbox, token } = ports;
  const actions: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
    '/_local/token': {
      GET: async (_, query) => ok({ token: await token(query.get('sub') || 'demo') }),
    },
    '/_local/faults': {
      GET: () => ok({ struck: faults.struck() }),
      POST: async (request) => {
        try {
          return { status: 201, body: { id: faults.add((await jsonBody(request)) as FaultRequest) } };
        } catch (error) {
          return { status: 400, body: { message: (error as Error).message } };
        }
      },
      DELETE: () => {
        faults.clear();
        return { status: 204 };
      },
    },
    '/_local/usage': {
      GET: () => ok(usage.report()),
      DELETE: () => {
        usage.reset();
        return { status: 204 };
      },
    },
    '/_local/ledger': { GET: async () => ok(await ledger(ports)) },
    '/_local/inbox': { GET: () => ok(inbox()) },
  };

  return {
    matches: ({ url }) => url !== undefined && Object.hasOwn(actions, url.split('?')[0] ?? ''),
    async handle(request, response) {
      const [path = '', query] = (request.url ?? '').split('?');
      const methods = actions[path] ?? {};
      const action = methods[request.method ?? ''];
      const answer = action ? await action(request, new URLSearchParams(query)) : notAllowed(methods);
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body && JSON.stringify(answer.body));
    },
  };
}

/** Entries of the table that the stack's output `LedgerTable` names, oldest first. */
async function ledger({ dynamodb, outputs: { LedgerTable: table } }: ControlPorts): Promise<object> {
  if (table === undefined) return { charges: [], refunds: [] };
  const items: JsonObject[] = [];
  let next: unknown;
  do {
    const input = {
      TableName: table,
      ConsistentRead: true,
      ...(next !== undefined && { ExclusiveStartKey: next }),
    };
    const page = await dynamodb.perform({ operation: 'Scan', input });
    // biome-ignore lint/suspicious/noExplicitAny: DynamoDB's wire form
    items.push(...((page.Items ?? []) as any[]).map((item) => unmarshall(item)));
    next = page.LastEvaluatedKey;
  } while (next !== undefined);

  const entries = (kind: string) =>
    items
      .filter((item) => item.kind === kind)
      .map(({ jobId, amount, currency, at }) => ({ jobId, amount, currency, at }))
      .sort((one, other) => String(one.at).localeCompare(String(other.at)));
  return { charges: entries('charge'), refunds: entries('refund') };
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error(
      'The body must be JSON, for example {"target":"lambda:payment","effect":"error","times":1}',
    );
  }
}

function ok(body: object): Answer {
  return { status: 200, body };
}

function notAllowed(methods: Readonly<Record<string, Action>>): Answer {
  return {
    status: 405,
    body: { message: `Method not allowed; allowed: ${Object.keys(methods).join(', ')}` },
  };
}
