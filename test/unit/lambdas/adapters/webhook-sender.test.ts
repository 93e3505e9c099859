import { execFileSync } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type RequestOptions, request, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { webhookEventOf } from '../../../../domain/job/webhook.ts';
import { isPublicAddress } from '../../../../lambdas/adapters/public-address.ts';
import { webhookKey } from '../../../../lambdas/adapters/webhook-key.ts';
import {
  createWebhookSender,
  type WebhookSenderDependencies,
} from '../../../../lambdas/adapters/webhook-sender.ts';
import { aCompletedJob, urls } from '../../../support/builders.ts';

const [current, previous] = ['current', 'previous'].map((secret) => webhookKey(secret, 'ada')) as [
  string,
  string,
];
const publicAddress: LookupAddress = { address: '93.184.215.14', family: 4 };
const event = webhookEventOf(aCompletedJob(), urls);
if (!event) throw new Error('A completed job has ended.');

let certificate: { readonly key: string; readonly cert: string };
const servers: Server[] = [];

beforeAll(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-'));
  const file = (name: string) => path.join(folder, name);
  const subject = ['-subj', '/CN=shop.example.com', '-addext', 'subjectAltName=DNS:shop.example.com'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'ignore' });
  certificate = { key: readFileSync(file('key.pem'), 'utf8'), cert: readFileSync(file('cert.pem'), 'utf8') };
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A local receiver that stands for shop.example.com. */
async function aReceiver(listener: RequestListener) {
  const server = createServer(certificate, listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, url: `https://shop.example.com:${port}/hook?order=1` };
}

/** The addresses that a sender was about to connect to, and the names that it resolved. */
interface Traces {
  readonly connected: LookupAddress[][];
  readonly resolved: string[];
}

/**
 * A sender for which shop.example.com has a public address, where the local receiver answers. The test learns the address
 * as Node.js does: by calling the `lookup` of the request.
 */
function aSender(world: Partial<WebhookSenderDependencies> = {}, ports = allowedPorts()) {
  const traces: Traces = { connected: [], resolved: [] };
  const sender = createWebhookSender(
    { secretArn: 'arn:webhooks', ports },
    {
      keys: async () => [current],
      request: (url: URL, options: RequestOptions) => {
        (options.lookup as LookupFunction)(url.hostname, { all: true }, (_, addresses) => {
          traces.connected.push(addresses as LookupAddress[]);
        });
        const lookup: LookupFunction = (_, __, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]);
        return request(url, { ...options, lookup, ca: certificate.cert });
      },
      ...world,
      resolve: async (host) => {
        traces.resolved.push(host);
        return world.resolve ? world.resolve(host) : [publicAddress];
      },
    },
  );
  const send = (url: string, timeoutMs = 10_000) =>
    sender.send({ url, id: 'job_8', event: event as never, owner: 'ada', timeoutMs });
  return { ...traces, send };
}

/** The default, and the ports of the receivers that run. */
const allowedPorts = () => [443, 8443, ...servers.map((server) => (server.address() as AddressInfo).port)];

describe('a webhook', () => {
  it('is posted as JSON with a signature that Standard Webhooks verify', async () => {
    const received: { request: IncomingMessage; body: string }[] = [];
    const { url } = await aReceiver(async (request, response) => {
      received.push({ request, body: await text(request) });
      response.end('thanks');
    });

    expect(await aSender().send(url)).toEqual({ outcome: 'delivered', reason: 'status 200' });

    expect(received).toHaveLength(1);
    const [{ request, body }] = received as [(typeof received)[0]];
    expect([request.method, request.url]).toEqual(['POST', '/hook?order=1']);
    expect(request.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'job_8' });
    const verifier = new Webhook(current);
    expect(verifier.verify(body, request.headers as Record<string, string>)).toEqual(
      JSON.parse(JSON.stringify(event)),
    );
    expect(() => verifier.verify(`${body} `, request.headers as Record<string, string>)).toThrow();
  });

  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [410, 'gone'],
    [301, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'failed'],
    [425, 'failed'],
    [429, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('that is answered with %i is %s', async (status, outcome) => {
    const { url } = await aReceiver((_, response) => response.writeHead(status).end());

    expect(await aSender().send(url)).toEqual({ outcome, reason: `status ${status}` });
  });

  it.each([
    [429, '120', 120],
    [503, '7', 7],
    [429, 'Fri, 27 Nov 2026 12:01:00 GMT', 60],
    [503, 'Fri, 27 Nov 2026 11:00:00 GMT', 0],
    [429, 'soon', undefined],
    [429, '1.5', undefined],
    // Only these two statuses say that the receiver is overloaded.
    [500, '120', undefined],
  ])(
    'that is answered with %i and Retry-After: %s asks for a wait of %p s',
    async (status, header, seconds) => {
      const { url } = await aReceiver((_, response) =>
        response.writeHead(status, { 'retry-after': header }).end(),
      );
      const clock = () => new Date('2026-11-27T12:00:00Z');

      const { outcome, retryAfterSeconds } = await aSender({ clock }).send(url);

      expect([outcome, retryAfterSeconds]).toEqual(['failed', seconds]);
    },
  );

  it('is signed with both keys while the secret is rotated', async () => {
    const received: { headers: Record<string, string>; body: string }[] = [];
    const { url } = await aReceiver(async (request, response) => {
      received.push({ headers: request.headers as Record<string, string>, body: await text(request) });
      response.end();
    });

    await aSender({ keys: async () => [current, previous] }).send(url);

    const [{ headers, body }] = received as [(typeof received)[0]];
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const key of [current, previous]) expect(() => new Webhook(key).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(webhookKey('other', 'ada')).verify(body, headers)).toThrow();
  });

  it('follows no redirect', async () => {
    const elsewhere = await aReceiver((_, response) => response.end());
    let redirected = 0;
    servers.at(-1)?.on('request', () => redirected++);
    const { url } = await aReceiver((_, response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    );
    const sender = aSender();

    expect((await sender.send(url)).outcome).toBe('refused');

    expect(sender.connected).toHaveLength(1);
    expect(redirected).toBe(0);
  });

  it('hangs up on a body that never ends', async () => {
    const hungUp = Promise.withResolvers<void>();
    const { url } = await aReceiver((_, response) => {
      const flood = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.writeHead(200).on('drain', flood).on('close', hungUp.resolve);
      flood();
    });

    expect((await aSender().send(url)).outcome).toBe('delivered');
    await hungUp.promise;
  });

  it('fails when the receiver does not answer in time', async () => {
    const { url } = await aReceiver(() => {});

    expect(await aSender().send(url, 50)).toEqual({ outcome: 'failed', reason: 'timeout' });
  });

  it('fails when the name server does not answer in time', async () => {
    const sender = aSender({ resolve: () => new Promise(() => {}) });

    expect(await sender.send('https://shop.example.com/', 50)).toEqual({
      outcome: 'failed',
      reason: 'timeout',
    });
  });

  it('fails when the host has no address', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('No such host'), { code: 'ENOTFOUND' }));

    expect(await aSender({ resolve }).send('https://shop.example.com/')).toEqual({
      outcome: 'failed',
      reason: 'ENOTFOUND',
    });
  });

  it('fails when the receiver hangs up', async () => {
    const { url } = await aReceiver((request) => request.socket.destroy());

    expect((await aSender().send(url)).outcome).toBe('failed');
  });

  it('fails when the certificate is of somebody else', async () => {
    const { port } = await aReceiver((_, response) => response.end());

    expect(await aSender().send(`https://other.example.com:${port}/`)).toEqual({
      outcome: 'failed',
      reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('is not sent over http', async () => {
    const sender = aSender();

    expect((await sender.send('http://shop.example.com/')).outcome).toBe('refused');

    expect(sender.connected).toEqual([]);
  });

  it.each(['https://shop.example.com:22/', 'https://shop.example.com:8080/', 'https://8.8.8.8:6379/'])(
    'is not sent to a port that is not allowed: %s',
    async (url) => {
      const sender = aSender();

      expect(await sender.send(url)).toEqual({ outcome: 'refused', reason: 'port not allowed' });

      expect([sender.connected, sender.resolved]).toEqual([[], []]);
    },
  );
});

/** Hosts in URLs that the order's schema accepts. */
const forbiddenHosts = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.64.0.1',
  '100.127.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '203.0.113.7',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::a9fe:a9fe]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[100::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[5f00::1]',
  '[4000::1]',
];

describe('a webhook is refused, and nothing is connected to, when', () => {
  it.each(forbiddenHosts)('its URL names %s', async (host) => {
    const sender = aSender();

    expect(await sender.send(`https://${host}:8443/hook`)).toEqual({
      outcome: 'refused',
      reason: 'address not public',
    });

    expect([sender.connected, sender.resolved]).toEqual([[], []]);
  });

  it.each([
    ['a private address', ['10.1.2.3']],
    ['the metadata service', ['169.254.169.254']],
    ['a loopback address in IPv6', ['::1']],
    ['a mapped address', ['::ffff:10.1.2.3']],
    ['a link-local address with its zone', ['fe80::1%eth0']],
    ['a private address among public ones', [publicAddress.address, '192.168.1.1']],
    ['something that is no address', ['localhost']],
  ])('its host has %s', async (_, addresses) => {
    const resolve = async () => addresses.map((address) => ({ address, family: 4 }));
    const sender = aSender({ resolve });

    expect((await sender.send('https://innocent.example.com/')).outcome).toBe('refused');

    expect(sender.connected).toEqual([]);
  });
});

describe('a connection', () => {
  it('is made to the very address that was judged, whatever the name server says next', async () => {
    const { url } = await aReceiver((_, response) => response.end());
    const answers = [[publicAddress], [{ address: '127.0.0.1', family: 4 }]];
    const sender = aSender({ resolve: async () => answers.shift() ?? [] });

    expect((await sender.send(url)).outcome).toBe('delivered');

    expect(sender.resolved).toEqual(['shop.example.com']);
    expect(sender.connected).toEqual([[publicAddress]]);
  });

  it('is judged anew at the next attempt', async () => {
    const { url } = await aReceiver((_, response) => response.end());
    const answers = [[publicAddress], [{ address: '127.0.0.1', family: 4 }]];
    const sender = aSender({ resolve: async () => answers.shift() ?? [] });

    const outcomes = [(await sender.send(url)).outcome, (await sender.send(url)).outcome];

    expect(outcomes).toEqual(['delivered', 'refused']);
    expect(sender.connected).toHaveLength(1);
  });
});

describe('public addresses', () => {
  it.each(['93.184.215.14', '8.8.8.8', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '::ffff:8.8.8.8'])(
    'are %s and the like',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
