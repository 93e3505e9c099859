import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { type LocalCloud, startLocalCloud } from '../e2e/support/local-cloud.ts';
import type { InjectedFault } from './faults.ts';

/** A local cloud that is meant to break, and what its control routes have told so far. */
export interface FragileCloud {
  readonly origin: string;
  /** Address of the AWS endpoints. */
  readonly aws: string;
  /** Puts these faults in place of those that are there. */
  inject(faults: readonly InjectedFault[]): Promise<void>;
  /** Ends it as a power cut does, and starts it again with the same data and the same addresses. */
  crash(): Promise<void>;
  /** How often faults struck, by target and effect. */
  struck(): Promise<Readonly<Record<string, number>>>;
  ledger(): Promise<Ledger>;
  /** Every e-mail that was sent. */
  inbox(): Promise<readonly Mail[]>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
}

export interface Ledger {
  readonly charges: readonly { readonly jobId: string }[];
  readonly refunds: readonly { readonly jobId: string }[];
}

export interface Mail {
  readonly subject: string;
}

/** Starts one whose data and log are kept in a folder. */
export async function startFragileCloud(
  folder: string,
  { seed, context }: { readonly seed: number; readonly context: readonly string[] },
): Promise<FragileCloud> {
  const log = createWriteStream(path.join(folder, 'cloud.log'));
  const start = async (...ports: string[]): Promise<LocalCloud> => {
    const started = await startLocalCloud(
      '--data',
      path.join(folder, 'data'),
      // The shortest time for a redrive, so that some failures wait in vain.
      '--context',
      'redriveMinutes=1',
      ...context.flatMap((pair) => ['--context', pair]),
      '--seed',
      String(seed),
      ...ports,
    );
    started.process.stdout?.pipe(log, { end: false });
    return started;
  };
  let cloud = await start();
  const { aws } = cloud;
  const { origin, port } = new URL(cloud.api);
  const get = async <Body>(route: string) =>
    (await (await fetch(`${origin}/_local/${route}`)).json()) as Body;

  // The process takes its counts with it; the ledger and the inbox are data.
  const struckBefore: Record<string, number>[] = [];
  const struckNow = async () => (await get<{ struck: Record<string, number> }>('faults')).struck;

  async function inject(faults: readonly InjectedFault[]): Promise<void> {
    await fetch(`${origin}/_local/faults`, { method: 'DELETE' });
    for (const fault of faults) {
      const request = { method: 'POST', body: JSON.stringify(fault) };
      const answer = await fetch(`${origin}/_local/faults`, request);
      if (!answer.ok) throw new Error(`${fault.target}: ${await answer.text()}`);
    }
  }

  return {
    origin,
    aws,
    inject,
    async crash() {
      struckBefore.push(await struckNow());
      await cloud.kill();
      cloud = await start('--port', port, '--aws-port', new URL(aws).port);
    },
    struck: async () => sum([...struckBefore, await struckNow()]),
    ledger: () => get<Ledger>('ledger'),
    inbox: () => get<Mail[]>('inbox'),
    async stop() {
      await cloud.stop();
      log.end();
    },
  };
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [label, times] of counts.flatMap((count) => Object.entries(count))) {
    total[label] = (total[label] ?? 0) + times;
  }
  return total;
}
