import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import { aServer, completion, exampleOrder } from './client-fixture.ts';
import { testPlatform } from './support/test-platform.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A TCP proxy in front of a server of the contract. */
async function aProxy() {
  const server = await aServer();
  const target = Number(new URL(server.baseUrl).port);
  const pairs = new Set<readonly [Socket, Socket]>();
  const proxy = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const end of pair) {
      end.on('error', () => {});
      end.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const cut = () => {
    for (const pair of [...pairs]) for (const end of pair) end.destroy();
  };
  stops.push(() => {
    cut();
    proxy.close();
  });
  const time = testPlatform();
  const through = (url: string) => url.replace(`:${target}/`, `:${port}/`);
  const orders = ordersClientOn(
    { ...time, open: (url) => time.open(through(url)) },
    { baseUrl: through(server.baseUrl), token: 'secret' },
  );
  return {
    server,
    time,
    orders,
    cut,
    /** Forwards nothing more on the connections that are open, and closes none of them. */
    freeze() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream);
        upstream.unpipe(client);
      }
    },
  };
}

describe('behind a proxy', () => {
  it('that falls silent, the end is known after the first checks', async () => {
    const { server, time, orders, freeze } = await aProxy();
    const handle = await orders.createOrder(exampleOrder);
    const result = handle.result();
    await server.until(() => server.messages.length === 1);
    while (handle.state().connection !== 'live') await new Promise((resolve) => setImmediate(resolve));

    freeze();
    server.move(handle.jobId, completion);
    await time.next(11_000);
    // The first request goes over a connection that is frozen, too; the next opens another.
    const settled = time.settle(result);
    for (let i = 0; i < 60 && handle.state().job?.status !== 'completed'; i++) {
      time.pass(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    expect(await settled).toEqual(completion.result);
    expect(time.now()).toBeLessThan(55_000);
  });

  it('that cuts every connection again and again, no version is missed twice and the end arrives', async () => {
    const { server, time, orders, cut } = await aProxy();
    const versions: number[] = [];
    const handle = await orders.createOrder(exampleOrder, {
      onUpdate: ({ version }) => versions.push(version),
    });
    const result = handle.result();

    for (let i = 0; i < 5; i++) {
      const { length } = server.messages;
      const reconnected = time.settle(server.until(() => server.messages.length > length));
      await reconnected;
      server.move(handle.jobId, { status: 'processing' });
      cut();
      await server.until(() => server.sockets() === 0);
    }
    server.move(handle.jobId, completion);

    expect(await time.settle(result)).toEqual(completion.result);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });
});

describe('a process', () => {
  it.each([
    ['Node.js', '', 'openWebSocket'],
    ['the package ws', `import { WebSocket } from 'ws';`, '(url) => openWebSocket(url, WebSocket)'],
  ])('ends although the server never answers the close of a socket of %s', async (_, imports, open) => {
    const server = await aServer();
    const { jobId, updatesUrl } = server.create();
    const source = join(import.meta.dirname, '../src');
    const script = `
      ${imports}
      import { platform } from '${source}/platform.ts';
      import { ordersClientOn } from '${source}/orders-client.ts';
      import { openWebSocket } from '${source}/open-web-socket.node.ts';
      const here = Object.defineProperties({}, Object.getOwnPropertyDescriptors(platform()));
      const orders = ordersClientOn({ ...here, open: ${open} }, { baseUrl: '${server.baseUrl}', token: 't' });
      const controller = new AbortController();
      const { signal } = controller;
      orders.watch(${JSON.stringify({ jobId, updatesUrl })}, { signal, onConnection(connection) {
        if (connection === 'live') process.stdout.write('live');
      } });
      process.stdin.once('data', () => { process.stdin.unref(); controller.abort(); });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    stops.push(() => child.kill('SIGKILL'));
    const errors: string[] = [];
    child.stderr.on('data', (chunk) => errors.push(String(chunk)));
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(errors.join(''))),
    ]);

    server.pauseSockets();
    child.stdin.write('stop\n');

    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
