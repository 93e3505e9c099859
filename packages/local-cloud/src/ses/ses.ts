import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { emailIdentity } from './email-identity.ts';
import { inboxPage } from './inbox-page.ts';

/** An e-mail that SES accepted. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** ISO time, to the second. */
  readonly at: string;
  readonly messageId: string;
}

/** The embedded SES: SendEmail of API version 2, delivered into an inbox. */
export interface Ses {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** The inbox for a browser, at `/_local/mail`. */
  readonly page: PublicRoute;
  /** The newest e-mails, oldest first. */
  inbox(): readonly Mail[];
  stop(): Promise<void>;
}

/** What SES works with. */
export interface SesPorts {
  readonly usage: Pick<Usage, 'message'>;
}

type Emulator = typeof import('aws-ses-v2-local');
type EmulatorStore = typeof import('aws-ses-v2-local/dist/store.js');

/** The emulator's request handler, as far as it looks at requests and responses. */
type SendEmail = (
  request: { readonly body: unknown },
  response: { status(code: number): { send(answer: JsonObject): void } },
) => void;

const maxMails = 20_000;
const maxRecipients = 50;
const sendPath = '/v2/email/outbound-emails';
const arn = `arn:aws:ses:${region}:${account}`;

/** An SES with an empty inbox. */
export function createSes({ usage }: SesPorts): Ses {
  /** Addresses and domains that the template declares, in lower case. */
  const identities = new Set<string>();
  const load = createRequire(import.meta.url);
  // Loaded with the first e-mail, and served with the first view of the page: both would slow down every start.
  let emails: EmulatorStore | undefined;
  let page: Promise<{ server: Server; url: string }> | undefined;

  /** Hands an e-mail to the emulator. @returns its answer and the status code of that */
  function deliver(input: JsonObject): Promise<{ status: number; answer: JsonObject }> {
    emails ??= load('aws-ses-v2-local/dist/store.js') as EmulatorStore;
    const { default: sendEmail } = load('aws-ses-v2-local/dist/v2/sendEmail.js') as { default: SendEmail };
    return new Promise((resolve) => {
      sendEmail({ body: input }, { status: (status) => ({ send: (answer) => resolve({ status, answer }) }) });
    });
  }

  async function startPage() {
    const { default: listen } = load('aws-ses-v2-local') as Emulator;
    const server = await listen({ host: '127.0.0.1', port: 0 });
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  const service: AwsService = {
    name: 'ses',
    contentType: 'application/json',

    read({ method, path, body }) {
      if (method !== 'POST' || path !== sendPath) {
        throw new AwsError(
          'UnknownOperationException',
          `${method} ${path} is not known; allowed: POST ${sendPath}`,
          404,
        );
      }
      return { operation: 'SendEmail', input: parse(body) };
    },

    permissions({ input }) {
      const action = 'ses:SendEmail';
      const resource =
        (input.FromEmailAddressIdentityArn as string) ?? `${arn}:identity/${identityOf(sender(input))}`;
      const set = input.ConfigurationSetName;
      const context = { 'ses:FromAddress': sender(input) };
      return [
        { action, resource, context },
        ...(set ? [{ action, resource: `${arn}:configuration-set/${set}`, context }] : []),
      ];
    },

    async perform({ input }) {
      checkDeclared(input);
      checkRecipients(input);
      const { status, answer } = await deliver(input);
      if (status !== 200) throw new AwsError('BadRequestException', String(answer.detail ?? answer.message));
      usage.message('email');
      const kept = emails?.getStoreReadonly().emails ?? [];
      kept.splice(0, kept.length - maxMails);
      return answer;
    },
  };

  return {
    service,
    kinds: [emailIdentity((name) => identities.add(name.toLowerCase()))],
    page: inboxPage(async () => {
      page ??= startPage();
      return (await page).url;
    }),
    inbox: () => emails?.getStoreReadonly().emails.map(mail) ?? [],

    async stop() {
      emails?.clearStore();
      const { server } = (await page) ?? {};
      server?.closeAllConnections();
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    },
  };

  /** SES sends as the address's own identity if there is one, else as its domain's. */
  function identityOf(address: string): string {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    return identities.has(address.toLowerCase()) ? address : domain;
  }

  /** A template without identities relies on some from elsewhere, which are taken to exist. */
  function checkDeclared(input: JsonObject): void {
    const address = sender(input);
    if (identities.size > 0 && !identities.has(identityOf(address).toLowerCase())) {
      const check = `The following identities failed the check in region ${region.toUpperCase()}: ${address}`;
      throw new AwsError('MessageRejected', `Email address is not verified. ${check}`);
    }
  }
}

function parse(body: Buffer): JsonObject {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch {
    throw new AwsError('BadRequestException', 'The body is not JSON');
  }
}

/** The bare From address, from the input or from the raw message. */
function sender({ FromEmailAddress, Content }: JsonObject): string {
  const raw = (Content as { Raw?: { Data?: string } } | undefined)?.Raw?.Data ?? '';
  const [, header = ''] = /^From:\s*(.*)$/im.exec(Buffer.from(raw, 'base64').toString()) ?? [];
  const from = String(FromEmailAddress ?? header).trim();
  return /<([^<>]*)>$/.exec(from)?.[1] ?? from;
}

function checkRecipients({ Destination, Content }: JsonObject): void {
  const recipients = Object.values((Destination ?? {}) as Record<string, string[]>).flat();
  if (recipients.length === 0 && !(Content as JsonObject | undefined)?.Raw) {
    throw new AwsError('BadRequestException', 'Destination has no recipients');
  }
  if (recipients.length > maxRecipients) {
    throw new AwsError('BadRequestException', `Recipient count exceeds ${maxRecipients}.`);
  }
  if (recipients.some((address) => !/[^\s@]@[^\s@]+$/.test(address))) {
    throw new AwsError('BadRequestException', "Missing final '@domain'");
  }
}

function mail({
  from,
  destination,
  subject,
  body,
  at,
  messageId,
}: import('aws-ses-v2-local/dist/store.js').Email): Mail {
  const { text, html } = body;
  return {
    from,
    to: destination.to,
    subject,
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    at: new Date(at * 1000).toISOString(),
    messageId,
  };
}
