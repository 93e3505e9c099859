import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Contender } from '../../contender.ts';
import { doubled } from '../effects.ts';
import { answering, freePort, kill, start } from '../processes.ts';

/** The package's wrapper passes signals on late; this is the server itself. Its licence is the BSL 1.1. */
const server = createRequire(import.meta.url).resolve(
  '@restatedev/restate-server-linux-x64/bin/restate-server',
);

/** Restate's server on its own, with a service of Node.js. */
export async function startRestate(folder: string): Promise<Contender> {
  const [ingress, admin, node, service] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const url = `http://127.0.0.1:${ingress}`;
  const effects = join(folder, 'effects');
  let children: ChildProcess[] = [];

  async function run(): Promise<void> {
    children = [
      start(folder, server, ['--base-dir', join(folder, 'data'), '--node-name', 'bench'], {
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
        RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
        RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_LOG_FILTER: 'warn',
      }),
      start(folder, process.execPath, [join(import.meta.dirname, 'service.ts')], {
        PORT: String(service),
        EFFECTS: effects,
      }),
    ];
    await answering(`http://127.0.0.1:${admin}/health`);
    await answering(`${url}/restate/health`);
  }

  const post = (target: string, body?: object) =>
    fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });

  async function unfinished(): Promise<number> {
    const query = `SELECT count(*) AS n FROM sys_invocation WHERE status <> 'completed'`;
    const answer = await post(`http://127.0.0.1:${admin}/query`, { query });
    return ((await answer.json()) as { rows: { n: number }[] }).rows[0]?.n ?? 0;
  }

  async function accept(): Promise<string> {
    const id = randomUUID();
    const answer = await post(`${url}/order/${id}/run/send`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`It was refused: ${answer.status} ${text}`);
    return id;
  }

  await run();
  const deployed = await post(`http://127.0.0.1:${admin}/deployments`, {
    uri: `http://127.0.0.1:${service}`,
  });
  if (!deployed.ok) throw new Error(`Restate refused the service: ${await deployed.text()}`);
  return {
    name: 'Restate 1.7 (BSL), Node.js service',
    pids: () => children.flatMap((child) => child.pid ?? []),
    accept,
    async status(id) {
      const status = await (await post(`${url}/order/${id}/status`)).json();
      if (status === 'unknown') return 'unknown';
      return status === 'completed' ? 'completed' : 'unfinished';
    },
    async drained() {
      while ((await unfinished()) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
    },
    async watched() {
      const id = await accept();
      // It pushes no progress: a client attaches to the workflow and learns of its end.
      const answer = await fetch(`${url}/restate/workflow/order/${id}/attach`);
      const { at } = (await answer.json()) as { at: number };
      return [Date.now() - at];
    },
    doubled: async () => doubled(effects),
    async crash() {
      await kill(children);
      await run();
    },
    stop: () => kill(children),
  };
}
