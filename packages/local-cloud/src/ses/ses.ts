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
      const { FromEmailAddressIdentityArn, ConfigurationSetName: set } = input;
      const resource = String(FromEmailAddressIdentityArn ?? `${arn}:identity/${identityOf(sender(input))}`);
      const context = { 'ses:FromAddress': sender(input) };
      return [
        { action, resource, context },
        ...(set ? [{ action, resource: `${arn}:configuration-set/${set}`, context }] : []),
      ];
    },

    async perform({ input }) {
      const { FeedbackForwardingEmailAddress: feedback } = input;
      refuseUnknown(input);
      checkDeclared(sender(input));
      if (feedback !== undefined) checkDeclared(String(feedback));
      checkAddresses(input);
      const { status, answer } = await deliver(input);
      const { detail, message } = answer;
      if (status !== 200) throw new AwsError('BadRequestException', String(detail ?? message));
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

  /** SES sends as the address's own identity if there is one, else as its domain's or that of a domain above. */
  function identityOf(address: string): string {
    if (identities.has(address.toLowerCase())) return address;
    const labels = address
      .slice(address.lastIndexOf('@') + 1)
      .toLowerCase()
      .split('.');
    const domains = labels.map((_, index) => labels.slice(index).join('.'));
    return domains.find((domain) => identities.has(domain)) ?? domains[0] ?? '';
  }

  /** A template without identities relies on some from elsewhere, which are taken to exist. */
  function checkDeclared(address: string): void {
    if (identities.size > 0 && !identities.has(identityOf(address).toLowerCase())) {
      const check = `The following identities failed the check in region ${region.toUpperCase()}: ${address}`;
      throw new AwsError('MessageRejected', `Email address is not verified. ${check}`);
    }
  }
}

/** What would change an e-mail, and needs resources that no template of the local cloud has. */
function refuseUnknown(input: JsonObject): void {
  const { ConfigurationSetName: set, Content } = input;
  if (set !== undefined) {
    throw new AwsError('NotFoundException', `Configuration set <${set}> does not exist.`, 404);
  }
  const { Template } = (Content ?? {}) as JsonObject;
  const name = Template ? 'Content.Template' : unknownMembers.find((member) => input[member] !== undefined);
  if (name) throw new AwsError('BadRequestException', `The local cloud does not know ${name} of SendEmail`);
}

const unknownMembers = ['EndpointId', 'ListManagementOptions', 'TenantName'];

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
  return bare(String(FromEmailAddress ?? header));
}

/** `ada@example.com` of `Ada <ada@example.com>`. */
function bare(address: string): string {
  return /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address.trim();
}

function checkAddresses(input: JsonObject): void {
  const { Destination, Content, ReplyToAddresses = [], EmailTags = [] } = input;
  const { Raw } = (Content ?? {}) as JsonObject;
  const recipients = Object.values((Destination ?? {}) as Record<string, string[]>).flat();
  if (recipients.length === 0 && !Raw) {
    throw new AwsError('BadRequestException', 'Destination has no recipients');
  }
  if (recipients.length > maxRecipients) {
    throw new AwsError('BadRequestException', `Recipient count exceeds ${maxRecipients}.`);
  }
  for (const address of [sender(input), ...recipients, ...(ReplyToAddresses as string[])]) {
    // SES takes ASCII only: domains of other letters come in Punycode.
    if (/^[\x21-\x3f\x41-\x7e]+@[\w-]+(\.[\w-]+)*$/.test(bare(String(address)))) continue;
    throw new AwsError('BadRequestException', `${address} is no address: Missing final '@domain'`);
  }
  const tag = (EmailTags as JsonObject[])
    .flatMap(Object.values)
    .find((text) => !/^[\w-]{1,256}$/.test(String(text)));
  if (tag !== undefined)
    throw new AwsError('BadRequestException', `The tag ${tag} may have letters, digits, _ and -`);
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
