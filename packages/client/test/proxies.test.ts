import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ordersClientOn } from '../src/orders-client.ts';
import { aServer, completion, exampleOrder } from './client-fixture.ts';
import { testPlatform } from './support/test-platform.ts';
import { soon, until } from './support/until.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A TCP proxy in front of a server of the contract. */
async function aProxy() {
  const server = await aServer();
  const target = Number(new URL(server.baseUrl).port);
  /** A client and the server behind, or a client alone. */
  const pairs = new Set<readonly Socket[]>();
  /** What is answered instead of forwarding. */
  let instead: string | undefined;
  const proxy = createServer((client) => {
    const pair = [client];
    pairs.add(pair);
    if (instead === undefined) {
      const upstream = connect(target, '127.0.0.1');
      pair.push(upstream);
      client.pipe(upstream).pipe(client);
    } else {
      client.once('data', () => client.end(instead ?? ''));
    }
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
    /**
     * Forwards nothing more on the connections that are open, and closes none of them.
     *
     * @returns whether the client has sent something since
     */
    freeze() {
      let isSwallowed = false;
      for (const pair of pairs) {
        for (const end of pair) end.unpipe();
        pair[0]?.on('data', () => {
          isSwallowed = true;
        });
        pair[0]?.resume();
      }
      return () => isSwallowed;
    },
    /** Cuts all connections, and answers new ones so. With undefined, it forwards again. */
    answer(text: string | undefined) {
      instead = text;
      cut();
    },
  };
}

describe('behind a proxy', () => {
  it('that falls silent, the end is known after the first checks', async () => {
    const { server, time, orders, freeze } = await aProxy();
    const handle = await orders.createOrder(exampleOrder);
    const result = handle.result();
    await server.until(() => server.messages.length === 1);
    await until(() => handle.state().connection === 'live');

    const isSwallowed = freeze();
    server.move(handle.jobId, completion);
    time.pass(10_000);
    await until(isSwallowed);
    time.pass(15_000);
    await until(() => time.timers().includes(20_000));
    // The connection of the first request is frozen, too; the second request opens another.
    time.pass(20_000);

    expect(await soon(result)).toEqual(completion.result);
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

describe.each([
  ['HTML', 'text/html', '<html>Log in</html>'],
  ['JSON', 'application/json', '{"status":"completed","jobId":"j","version":99}'],
  ['an empty object', 'application/json', '{}'],
  ['nothing', 'text/plain', ''],
])('behind a proxy that answers everything with %s', (_, type, body) => {
  const text = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;

  it.each([
    ['HTTP', text],
    ['a closed connection', ''],
  ])('over %s, for a while, a watch is offline and goes on', async (__, answer) => {
    const proxy = await aProxy();
    const { server, time, orders } = proxy;
    const handle = await orders.createOrder(exampleOrder);
    const result = handle.result();
    await until(() => handle.state().connection === 'live');

    proxy.answer(answer);
    await time.settle(until(() => handle.state().connection === 'offline'));
    expect(handle.state()).toMatchObject({ error: undefined, job: { version: 1 } });
    server.move(handle.jobId, completion);
    proxy.answer(undefined);

    expect(await time.settle(result)).toEqual(completion.result);
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

    expect(await soon(once(child, 'exit'))).toEqual([0, null]);
  });
});
