import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSes, type Ses } from '../../src/ses/ses.ts';
import type { AwsError } from '../../src/wire/aws-error.ts';
import { deployResource } from '../support/deploy-resources.ts';

let ses: Ses;
let server: Server;
let client: SESv2Client;
let url: string;
let mails: number;

beforeEach(async () => {
  mails = 0;
  ses = createSes({
    usage: {
      message: () => {
        mails += 1;
      },
    },
  });
  const { service } = ses;
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      const body = Buffer.concat(chunks);
      const call = service.read({
        method: request.method ?? '',
        path: request.url ?? '',
        query: new URLSearchParams(),
        headers: {},
        body,
      });
      response
        .setHeader('content-type', service.contentType ?? '')
        .end(JSON.stringify(await service.perform(call)));
    } catch (error) {
      const { status, name, message } = error as AwsError;
      response.writeHead(status, { 'x-amzn-errortype': name }).end(JSON.stringify({ message }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new SESv2Client({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  ses.stop();
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** Deploys an identity. */
function declare(EmailIdentity: string) {
  void ses.kinds[0]?.create({
    logicalId: 'Identity',
    type: '',
    path: '',
    assembly: '',
    properties: { EmailIdentity },
  });
}

/** A valid e-mail, with these fields instead. */
function send(overrides: Partial<SendEmailCommandInput> = {}) {
  return client.send(
    new SendEmailCommand({
      FromEmailAddress: 'Accepted <orders@shop.example>',
      Destination: { ToAddresses: ['ada@example.com'] },
      Content: {
        Simple: {
          Subject: { Data: 'Your order' },
          Body: { Text: { Data: 'Thanks' }, Html: { Data: '<p>Thanks' } },
        },
      },
      ...overrides,
    }),
  );
}

describe('SES', () => {
  it('puts an e-mail of the SDK into the inbox', async () => {
    const { MessageId } = await send();

    expect(ses.inbox()).toEqual([
      {
        from: 'Accepted <orders@shop.example>',
        to: ['ada@example.com'],
        subject: 'Your order',
        text: 'Thanks',
        html: '<p>Thanks',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        messageId: MessageId,
      },
    ]);
    expect(mails).toBe(1);
  });

  it('accepts only senders of declared identities', async () => {
    declare('shop.example');

    await send();

    await expect(send({ FromEmailAddress: 'x@other.example' })).rejects.toMatchObject({
      name: 'MessageRejected',
      message: expect.stringContaining('x@other.example'),
    });
    expect(ses.inbox()).toHaveLength(1);
  });

  it.each([
    ['no recipients', { Destination: {} }],
    ['a recipient without a domain', { Destination: { ToAddresses: ['ada'] } }],
    ['too many recipients', { Destination: { ToAddresses: Array(51).fill('ada@example.com') } }],
    ['no content', { Content: {} }],
    ['a raw message', { Content: { Raw: { Data: Buffer.from('Subject: Raw') } } }],
    ['a template', { Content: { Template: { TemplateName: 'Welcome' } } }],
    ['a sender without a domain', { FromEmailAddress: 'Orders' }],
    ['a recipient of letters that are not ASCII', { Destination: { ToAddresses: ['ada@bücher.example'] } }],
    ['a reply address without a domain', { ReplyToAddresses: ['ada'] }],
    ['a tag with a space', { EmailTags: [{ Name: 'a b', Value: 'c' }] }],
    ['subscriptions', { ListManagementOptions: { ContactListName: 'all' } }],
    ['a tenant', { TenantName: 't' }],
    [
      'an attachment',
      {
        Content: {
          Simple: {
            Subject: { Data: 'Bill' },
            Body: { Text: { Data: 'Thanks' } },
            Attachments: [{ FileName: 'a.txt', RawContent: Buffer.from('a') }],
          },
        },
      },
    ],
  ])('refuses %s', async (_, overrides) => {
    await expect(send(overrides)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(ses.inbox()).toEqual([]);
  });

  it('refuses a configuration set, of which there is none', async () => {
    await expect(send({ ConfigurationSetName: 'orders' })).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Configuration set <orders> does not exist.',
    });
  });

  it('accepts senders of domains below a declared one, and refuses others for bounces', async () => {
    declare('shop.example');

    await send({ FromEmailAddress: 'orders@mail.shop.example' });

    await expect(send({ FeedbackForwardingEmailAddress: 'x@other.example' })).rejects.toMatchObject({
      name: 'MessageRejected',
    });
    expect(ses.inbox()).toHaveLength(1);
  });

  it.each([
    [
      'a name',
      { EmailIdentity: 'orders' },
      'EmailIdentity is "orders"; allowed: a domain, an e-mail address',
    ],
    ['nothing', {}, 'EmailIdentity is undefined'],
    ['a configuration set', { ConfigurationSetAttributes: {} }, 'ConfigurationSetAttributes of AWS::SES'],
    ['a misspelt member', { DkimAttributes: { Signing: true } }, 'DkimAttributes.Signing of AWS::SES'],
  ])('refuses an identity of %s', async (_, properties, message) => {
    const refused = deployResource(ses.kinds, 'AWS::SES::EmailIdentity', properties);

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow('Stack/Subject: ');
  });

  it('needs permission for the identity it sends as, and for the configuration set', () => {
    const permissions = (FromEmailAddress: string, more = {}) =>
      ses.service.permissions({ operation: 'SendEmail', input: { FromEmailAddress, ...more } });
    const arn = 'arn:aws:ses:us-east-1:000000000000';
    declare('billing@shop.example');

    const send = (from: string, resource: string) => ({
      action: 'ses:SendEmail',
      resource: `${arn}:${resource}`,
      context: { 'ses:FromAddress': from },
    });
    expect(permissions('Bill <billing@shop.example>')).toEqual([
      send('billing@shop.example', 'identity/billing@shop.example'),
    ]);
    expect(permissions('orders@shop.example', { ConfigurationSetName: 'orders' })).toEqual([
      send('orders@shop.example', 'identity/shop.example'),
      send('orders@shop.example', 'configuration-set/orders'),
    ]);
  });

  it('knows no other operation', async () => {
    const answer = await fetch(`${url}/v2/email/identities`, { method: 'POST' });

    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([
      404,
      'UnknownOperationException',
    ]);
  });
});
