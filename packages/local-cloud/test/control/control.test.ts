import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createControl } from '../../src/control/control.ts';
import { createFaults, type Faults } from '../../src/faults/faults.ts';
import { createUsage, type Usage } from '../../src/usage/usage.ts';
import type { LogEntry } from '../../src/wire/log.ts';

let server: Server;
let url: string;
let faults: Faults;
let usage: Usage;
let log: LogEntry[];

beforeEach(async () => {
  log = [];
  usage = createUsage();
  faults = createFaults(1, () => ({ functions: [], services: [] }));
  const control = createControl({
    faults,
    usage,
    log: (entry) => log.push(entry),
    inbox: () => [{ subject: 'Hello' }, { subject: 'Bye' }],
    token: async ({ sub, use, scope = 'all' }) => `${use} token of ${sub} for ${scope}`,
    views: {
      ledger: async () => ({ charges: 2 }),
      broken: () => {
        throw new Error('secret');
      },
    },
  });
  server = createServer((request, response) => {
    if (control.matches(request)) void control.handle(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_local`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const ask = (path: string, init: RequestInit = {}) => fetch(`${url}/${path}`, init);
const json = async (path: string) => (await ask(path)).json();

describe('control routes', () => {
  it('issue tokens for any owner, and for demo when none is named', async () => {
    expect(await json('token?sub=grace')).toEqual({ token: 'access token of grace for all' });
    expect(await json('token')).toEqual({ token: 'access token of demo for all' });
    expect(await json('token?use=id')).toEqual({ token: 'id token of demo for all' });
    expect(await json('token?scope=a%20b')).toEqual({ token: 'access token of demo for a b' });
    expect(await json('token?use=refresh')).toEqual({ message: 'use is refresh; allowed: access, id' });
  });

  it('inject faults and remove them', async () => {
    const add = (fault: object) => ask('faults', { method: 'POST', body: JSON.stringify(fault) });

    const added = await add({ target: 'socket', effect: 'drop' });
    const refused = await add({ target: 'socket', effect: 'burn' });

    expect(await added.json()).toEqual({ id: expect.any(String) });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({ message: 'effect of socket is "burn"; allowed: drop' });
    expect((await ask('faults', { method: 'DELETE' })).status).toBe(204);
    expect(faults.strike({ kind: 'socket', name: '' })).toBeUndefined();
  });

  it('remove one fault by its id', async () => {
    const id = faults.add({ target: 'socket', effect: 'drop', times: 3 });
    faults.add({ target: 'stream', effect: 'duplicate' });
    faults.strike({ kind: 'socket', name: '' });
    const stream = { target: 'stream', effect: 'duplicate', id: expect.any(String) };

    expect(await json('faults')).toEqual({
      struck: { 'socket: drop': 1 },
      injected: [{ id, target: 'socket', effect: 'drop', times: 2 }, stream],
    });
    expect((await ask(`faults?id=${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await json('faults')).toMatchObject({ injected: [stream] });
  });

  it('count usage from the last reset', async () => {
    usage.message('http');

    expect(await json('usage')).toMatchObject({ messages: { http: 1 } });
    await ask('usage', { method: 'DELETE' });
    expect(await json('usage')).toMatchObject({ messages: { http: 0 } });
  });

  it('show the inbox, or its newest e-mails', async () => {
    expect(await json('inbox')).toEqual([{ subject: 'Hello' }, { subject: 'Bye' }]);
    expect(await json('inbox?limit=1')).toEqual([{ subject: 'Bye' }]);
  });

  it("show the project's own views", async () => {
    expect(await json('ledger')).toEqual({ charges: 2 });
  });

  it('answer 500 for a view that fails, and log why', async () => {
    const response = await ask('broken');

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(log).toMatchObject([{ level: 'error', error: expect.stringContaining('secret') }]);
  });

  it('refuse other methods and paths', async () => {
    expect((await ask('usage', { method: 'PUT' })).status).toBe(405);
    expect((await ask('ledger', { method: 'DELETE' })).status).toBe(405);
    for (const path of ['nothing', '__proto__', 'constructor', 'usage/more'])
      expect((await ask(path)).status).toBe(404);
  });
});
