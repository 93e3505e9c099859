import { randomUUID } from 'node:crypto';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { emailIdentity } from './email-identity.ts';

/** An e-mail that SES accepted. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** ISO time. */
  readonly at: string;
  readonly messageId: string;
}

/** The embedded SES: SendEmail of API version 2 with simple content, delivered into an inbox. */
export interface Ses {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
  /** The newest e-mails, oldest first. */
  inbox(): readonly Mail[];
}

/** What SES works with. */
export interface SesPorts {
  readonly usage: Pick<Usage, 'message'>;
}

/** The input of SendEmail, as far as it is understood. */
interface SendEmail {
  readonly FromEmailAddress?: string;
  readonly FromEmailAddressIdentityArn?: string;
  readonly ConfigurationSetName?: string;
  readonly Destination?: Readonly<Record<'ToAddresses' | 'CcAddresses' | 'BccAddresses', readonly string[]>>;
  readonly Content?: { readonly Simple?: SimpleContent };
}

interface SimpleContent {
  readonly Subject?: Part;
  readonly Body?: { readonly Text?: Part; readonly Html?: Part };
}

interface Part {
  readonly Data?: string;
}

const maxMails = 20_000;
const maxRecipients = 50;
const sendPath = '/v2/email/outbound-emails';
const arn = `arn:aws:ses:${region}:${account}`;

/** An SES with an empty inbox. */
export function createSes({ usage }: SesPorts): Ses {
  /** Addresses and domains that the template declares, in lower case. */
  const identities = new Set<string>();
  const mails: Mail[] = [];

  const service: AwsService = {
    name: 'ses',
    contentType: 'application/json',

    read({ method, path, body }) {
      if (method !== 'POST' || path !== sendPath) {
        const message = `${method} ${path} is not known; allowed: POST ${sendPath}`;
        throw new AwsError('UnknownOperationException', message, 404);
      }
      return { operation: 'SendEmail', input: parse(body) };
    },

    permissions({ input }) {
      const { FromEmailAddressIdentityArn, ConfigurationSetName: set } = input as SendEmail;
      const from = addressIn(input);
      const common = { action: 'ses:SendEmail', context: { 'ses:FromAddress': from } };
      return [
        { ...common, resource: FromEmailAddressIdentityArn ?? `${arn}:identity/${identityOf(from)}` },
        ...(set ? [{ ...common, resource: `${arn}:configuration-set/${set}` }] : []),
      ];
    },

    async perform({ input }) {
      checkSender(addressIn(input));
      const mail = mailOf(input);
      mails.push(mail);
      if (mails.length > maxMails) mails.shift();
      usage.message('email');
      return { MessageId: mail.messageId };
    },
  };

  /** SES sends as the address's own identity if there is one, else as its domain's. */
  function identityOf(address: string): string {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    return identities.has(address.toLowerCase()) ? address : domain;
  }

  /** A template without identities relies on some from elsewhere, which are taken to exist. */
  function checkSender(address: string): void {
    if (identities.size === 0 || identities.has(identityOf(address).toLowerCase())) return;
    const check = `The following identities failed the check in region ${region.toUpperCase()}: ${address}`;
    throw new AwsError('MessageRejected', `Email address is not verified. ${check}`);
  }

  return {
    service,
    kinds: [emailIdentity((name) => identities.add(name.toLowerCase()))],
    inbox: () => mails,
  };
}

function parse(body: Buffer): JsonObject {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch {
    throw new AwsError('BadRequestException', 'The body is not JSON');
  }
}

/** The bare address of `Accepted <orders@example.com>`. */
function addressIn({ FromEmailAddress = '' }: SendEmail): string {
  return /<([^<>]*)>$/.exec(FromEmailAddress.trim())?.[1] ?? FromEmailAddress.trim();
}

/** @throws AwsError BadRequestException for what SES refuses, and for raw and templated content. */
function mailOf({ FromEmailAddress: from = '', Destination, Content }: SendEmail): Mail {
  const recipients = Object.values(Destination ?? {}).flat();
  const bad = (message: string) => new AwsError('BadRequestException', message);
  if (recipients.length === 0) throw bad('Destination has no recipients');
  if (recipients.length > maxRecipients) throw bad(`Recipient count exceeds ${maxRecipients}.`);
  if (recipients.some((address) => !/[^\s@]@[^\s@]+$/.test(address))) throw bad("Missing final '@domain'");

  const { Subject, Body } = Content?.Simple ?? {};
  const [subject, text, html] = [Subject?.Data, Body?.Text?.Data, Body?.Html?.Data];
  if (subject === undefined || (text ?? html) === undefined) {
    throw bad(
      'Content must be Simple, with Subject and Body.Text or Body.Html: the local cloud knows no other',
    );
  }
  return {
    from,
    to: Destination?.ToAddresses ?? [],
    subject,
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    at: new Date().toISOString(),
    messageId: randomUUID(),
  };
}
