import { randomUUID } from 'node:crypto';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { ignoredProperties } from '../cloudformation/unsupported.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import type { PublicRoute } from '../wire/public-endpoint.ts';
import { emailIdentity } from './email-identity.ts';
import { inboxPage } from './inbox-page.ts';
import type { Mail } from './mail.ts';

/** The embedded SES: SendEmail of API version 2, delivered into an inbox. */
export interface Ses {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** The inbox for a browser, at `/_local/mail`. */
  readonly page: PublicRoute;
  /** The newest e-mails, oldest first. */
  inbox(): readonly Mail[];
}

/** What SES works with. */
export interface SesPorts {
  readonly usage: Pick<Usage, 'message'>;
}

/** SendEmail's input, as far as it is looked at. */
interface SendEmail {
  readonly FromEmailAddress?: string;
  readonly FromEmailAddressIdentityArn?: string;
  readonly FeedbackForwardingEmailAddress?: string;
  readonly ReplyToAddresses?: readonly string[];
  readonly EmailTags?: readonly { readonly Name?: unknown; readonly Value?: unknown }[];
  readonly ConfigurationSetName?: string;
  readonly Destination?: {
    readonly ToAddresses?: readonly string[];
    readonly CcAddresses?: readonly string[];
    readonly BccAddresses?: readonly string[];
  };
  readonly Content?: {
    readonly Simple?: {
      readonly Subject?: { readonly Data?: string };
      readonly Body?: {
        readonly Text?: { readonly Data?: string };
        readonly Html?: { readonly Data?: string };
      };
    };
  };
}

const honoured = [
  ...['ConfigurationSetName', 'EmailTags', 'FeedbackForwardingEmailAddress', 'FromEmailAddress'],
  ...[
    'FromEmailAddressIdentityArn',
    'ReplyToAddresses',
    'Destination.ToAddresses',
    'Destination.CcAddresses',
  ],
  ...[
    'Destination.BccAddresses',
    'Content.Simple.Subject',
    'Content.Simple.Body.Text',
    'Content.Simple.Body.Html',
  ],
];
const maxMails = 20_000;
const maxRecipients = 50;
const sendPath = '/v2/email/outbound-emails';
const arn = `arn:aws:ses:${region}:${account}`;

/** An SES with an empty inbox. */
export function createSes({ usage }: SesPorts): Ses {
  /** Addresses and domains that the template declares, in lower case. */
  const identities = new Set<string>();
  let mails: Mail[] = [];

  /** SES sends as the address's own identity if there is one, else as its domain's or that of a domain above. */
  function identityOf(address: string): string {
    if (identities.has(address.toLowerCase())) return address;
    const labels = address
      .slice(address.lastIndexOf('@') + 1)
      .toLowerCase()
      .split('.');
    const domains = labels.map((_, index) => labels.slice(index).join('.'));
    return domains.find((domain) => identities.has(domain)) ?? labels.join('.');
  }

  /** A template that declares none relies on identities from elsewhere: they are taken to exist. */
  function checkIdentity(address: string): void {
    if (identities.size === 0 || identities.has(identityOf(address).toLowerCase())) return;
    const check = `The following identities failed the check in region ${region.toUpperCase()}: ${address}`;
    throw new AwsError('MessageRejected', `Email address is not verified. ${check}`);
  }

  const service: AwsService = {
    name: 'ses',
    contentType: 'application/json',

    read({ method, path, body }) {
      if (method === 'POST' && path === sendPath) return { operation: 'SendEmail', input: parsed(body) };
      throw new AwsError(
        'UnknownOperationException',
        `The local cloud's ses does not have ${method} ${path}; it has SendEmail of version 2: POST ${sendPath}`,
        404,
      );
    },

    permissions({ input }) {
      const { FromEmailAddressIdentityArn, ConfigurationSetName: set, ...email }: SendEmail = input;
      const address = senderOf(email);
      const action = 'ses:SendEmail';
      const context = { 'ses:FromAddress': address };
      const resource = FromEmailAddressIdentityArn ?? `${arn}:identity/${identityOf(address)}`;
      return [
        { action, resource, context },
        ...(set ? [{ action, resource: `${arn}:configuration-set/${set}`, context }] : []),
      ];
    },

    async perform({ input }) {
      const { FeedbackForwardingEmailAddress: feedback }: SendEmail = input;
      const mail = mailOf(input);
      checkIdentity(senderOf(input));
      if (feedback !== undefined) checkIdentity(feedback);
      usage.message('email');
      mails.push(mail);
      // Cut rarely, because cutting copies.
      if (mails.length >= 2 * maxMails) mails = mails.slice(-maxMails);
      return { MessageId: mail.messageId };
    },
  };

  const inbox = () => mails.slice(-maxMails);
  return {
    service,
    kinds: [emailIdentity((name) => identities.add(name.toLowerCase()))],
    page: inboxPage(inbox),
    inbox,
  };
}

function parsed(body: Buffer): JsonObject {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch {
    throw refused('The body is not JSON');
  }
}

/** The bare From address. */
function senderOf({ FromEmailAddress = '' }: SendEmail): string {
  return bare(FromEmailAddress);
}

/** `ada@example.com` of `Ada <ada@example.com>`. */
function bare(address: string): string {
  return /<([^<>]*)>$/.exec(address.trim())?.[1] ?? address.trim();
}

/** @throws AwsError for what SES refuses, and for what the inbox would not show: raw messages, templates, attachments. */
function mailOf(email: SendEmail): Mail {
  const { FromEmailAddress, ReplyToAddresses = [], EmailTags = [], Destination = {}, Content } = email;
  const [ignored] = ignoredProperties(email, { honoured });
  if (ignored)
    throw refused(`the local cloud's SendEmail does not know ${ignored}; it knows ${honoured.join(', ')}`);
  const { ConfigurationSetName: set } = email;
  if (set !== undefined)
    throw new AwsError('NotFoundException', `Configuration set <${set}> does not exist.`, 404);
  const recipients = Object.values(Destination).flat();
  if (recipients.length === 0) throw refused('Destination has no recipients');
  if (recipients.length > maxRecipients) throw refused(`Recipient count exceeds ${maxRecipients}.`);
  for (const address of [FromEmailAddress ?? '', ...recipients, ...ReplyToAddresses]) {
    // SES takes ASCII only: domains of other letters come in Punycode.
    if (/^[!-?A-~]+@[\w-]+(\.[\w-]+)*$/.test(bare(address))) continue;
    throw refused(`Missing final '@domain', or not ASCII: ${address}`);
  }
  const tag = EmailTags.flatMap(Object.values).find((text) => !/^[\w-]{1,256}$/.test(String(text)));
  if (tag !== undefined) throw refused(`The tag ${tag} is not of letters, digits, _ and -`);
  const { Subject, Body = {} } = Content?.Simple ?? {};
  if (!FromEmailAddress || Subject?.Data === undefined || !(Body.Text ?? Body.Html)) {
    throw refused('the local cloud takes Content.Simple with a Subject and a Body, and a FromEmailAddress');
  }
  return {
    from: FromEmailAddress,
    to: Destination.ToAddresses ?? [],
    subject: Subject.Data,
    ...(Body.Text?.Data !== undefined && { text: Body.Text.Data }),
    ...(Body.Html?.Data !== undefined && { html: Body.Html.Data }),
    at: new Date().toISOString(),
    messageId: `ses-${randomUUID()}`,
  };
}

function refused(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}
