import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { textLike } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { openDatabase } from '../storage/sqlite.ts';
import type { Usage } from '../usage/usage.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';

/** An e-mail that SES accepted. */
export type Mail = Readonly<ReturnType<typeof mailOf>>;

/** The embedded SES: SendEmail of API version 2 with simple content, delivered into an inbox. */
export type Ses = ReturnType<typeof createSes>;

// SES takes ASCII only: domains of other letters come in Punycode.
const address = z.string().refine((text) => /^[!-?A-~]+@[\w-]+(\.[\w-]+)*$/.test(bare(text)), {
  error: ({ input }) => `Missing final '@domain', or not ASCII: ${input}`,
});
const addresses = z.array(address).default([]);
const tag = z.string().regex(/^[\w-]{1,256}$/);
const part = z.strictObject({ Data: z.string(), Charset: z.string().optional() });

/** SendEmail's input. Raw messages, templates and attachments are refused: the inbox would not show them. */
const sendEmail = z.strictObject({
  FromEmailAddress: address,
  FromEmailAddressIdentityArn: z.string().optional(),
  FeedbackForwardingEmailAddress: address.optional(),
  ReplyToAddresses: addresses,
  EmailTags: z.array(z.strictObject({ Name: tag, Value: tag })).optional(),
  ConfigurationSetName: z.string().optional(),
  Destination: z
    .strictObject({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses })
    .refine((lists) => {
      const { length } = Object.values(lists).flat();
      return length >= 1 && length <= 50;
    }, 'allowed: 1 to 50 recipients'),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: part,
      Body: z
        .strictObject({ Text: part.optional(), Html: part.optional() })
        .refine(({ Text, Html }) => Text ?? Html, 'allowed: Text, Html or both'),
    }),
  }),
});

const maxMails = 20_000;
const schema = `CREATE TABLE IF NOT EXISTS mail (seq INTEGER PRIMARY KEY, mail TEXT NOT NULL);
  CREATE TRIGGER IF NOT EXISTS trim AFTER INSERT ON mail
    BEGIN DELETE FROM mail WHERE seq <= NEW.seq - ${maxMails}; END;`;
const sendPath = '/v2/email/outbound-emails';
const arn = `arn:aws:ses:${region}:${account}`;

/** What SES works with. */
interface SesPorts {
  /** Folder that keeps the inbox. Without it, the inbox ends with the process. */
  readonly data?: string | undefined;
  readonly usage: Pick<Usage, 'message'>;
}

/** An SES with an inbox. */
export function createSes({ data, usage }: SesPorts) {
  const database = openDatabase(data === undefined ? '' : join(data, 'inbox.db'), schema);
  const keep = database.prepare('INSERT INTO mail (mail) VALUES (?)');
  const all = database.prepare('SELECT mail FROM mail ORDER BY seq');
  /** Addresses and domains that the template declares, in lower case. */
  const identities = new Set<string>();

  const service: AwsService = {
    name: 'ses',
    contentType: 'application/json',
    read({ method, path, body }) {
      const message = `${method} ${path} is not known; allowed: POST ${sendPath}`;
      if (method !== 'POST' || path !== sendPath)
        throw new AwsError('UnknownOperationException', message, 404);
      try {
        return { operation: 'SendEmail', input: JSON.parse(body.toString() || '{}') };
      } catch {
        throw new AwsError('BadRequestException', 'The body is not JSON');
      }
    },
    permissions({ input }) {
      const { FromEmailAddress, FromEmailAddressIdentityArn, ConfigurationSetName: set } = input;
      const from = bare(String(FromEmailAddress ?? ''));
      const common = { action: 'ses:SendEmail', context: { 'ses:FromAddress': from } };
      const identity = String(FromEmailAddressIdentityArn ?? `${arn}:identity/${identityOf(from)}`);
      const resources = set ? [identity, `${arn}:configuration-set/${set}`] : [identity];
      return resources.map((resource) => ({ ...common, resource }));
    },
    async perform({ input }) {
      const mail = mailOf(input, checkSender);
      keep.run(JSON.stringify(mail));
      usage.message('email');
      return { MessageId: mail.messageId };
    },
  };

  /** SES sends as the address's own identity if there is one, else as its domain's or that of a domain above. */
  function identityOf(address: string): string {
    if (identities.has(address.toLowerCase())) return address;
    const labels = (address.split('@').at(-1) ?? '').toLowerCase().split('.');
    const domains = labels.map((_, index) => labels.slice(index).join('.'));
    return domains.find((domain) => identities.has(domain)) ?? labels.join('.');
  }

  /** A template without identities relies on some from elsewhere, which are taken to exist. */
  function checkSender(address: string): void {
    if (identities.size === 0 || identities.has(identityOf(address).toLowerCase())) return;
    const check = `The following identities failed the check in region ${region.toUpperCase()}: ${address}`;
    throw new AwsError('MessageRejected', `Email address is not verified. ${check}`);
  }

  /** An address or a domain that may send. It is verified at once. */
  const emailIdentity: ResourceKind = {
    type: 'AWS::SES::EmailIdentity',
    honoured: ['EmailIdentity'],
    // Nothing leaves this machine: no DNS, no bounces.
    harmless: [
      ...['DkimAttributes.SigningEnabled', 'DkimSigningAttributes.DomainSigningPrivateKey'],
      ...['DkimSigningAttributes.DomainSigningSelector', 'DkimSigningAttributes.NextSigningKeyLength'],
      ...['FeedbackAttributes.EmailForwardingEnabled', 'MailFromAttributes.BehaviorOnMxFailure'],
      ...['MailFromAttributes.MailFromDomain', 'Tags'],
    ],
    create({ properties }) {
      const form = /^([^\s@]+@)?[\w-]+(\.[\w-]+)+$/;
      const name = textLike(properties, 'EmailIdentity', form, 'a domain, an e-mail address');
      identities.add(name.toLowerCase());
      const dkim = [1, 2, 3].flatMap((index) => [
        [`DkimDNSTokenName${index}`, `local${index}._domainkey.${name}`],
        [`DkimDNSTokenValue${index}`, `local${index}.dkim.amazonses.com`],
      ]);
      return {
        ref: name,
        attributes: { EmailIdentityArn: `${arn}:identity/${name}`, ...Object.fromEntries(dkim) },
      };
    },
  };

  /** The newest e-mails, oldest first. */
  const inbox = (): readonly Mail[] => all.all().map(({ mail }) => JSON.parse(String(mail)));
  return { service, kinds: [emailIdentity], inbox, stop: () => database.close() };
}

/** `ada@example.com` of `Ada <ada@example.com>`. */
function bare(address: string): string {
  return /<([^<>]*)>$/.exec(address.trim())?.[1] ?? address.trim();
}

/** @throws AwsError for what SES refuses. */
function mailOf(input: JsonObject, checkSender: (address: string) => void) {
  const { data, error } = sendEmail.safeParse(input);
  if (error) {
    const [{ path, message } = { path: [], message: 'not a SendEmail' }] = error.issues;
    throw new AwsError('BadRequestException', `SendEmail: ${path.join('.')}: ${message}`);
  }
  const { FromEmailAddress: from, ConfigurationSetName: set, FeedbackForwardingEmailAddress: bounces } = data;
  if (set !== undefined)
    throw new AwsError('NotFoundException', `Configuration set <${set}> does not exist.`, 404);
  for (const sender of [from, bounces ?? from]) checkSender(bare(sender));
  const { Subject, Body } = data.Content.Simple;
  return {
    from,
    to: data.Destination.ToAddresses,
    subject: Subject.Data,
    ...(Body.Text && { text: Body.Text.Data }),
    ...(Body.Html && { html: Body.Html.Data }),
    at: new Date().toISOString(),
    messageId: `ses-${randomUUID()}`,
  };
}
