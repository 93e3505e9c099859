#!/usr/bin/env node
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { banner } from './banner.ts';
import { createOperatorLog } from './operator-log.ts';
import { parseOptions, usageText } from './options.ts';
import { synthesize } from './synthesize.ts';

/** A stop that takes longer has nothing left worth waiting for. */
const stopMs = 5_000;

/** Synthesizes the app, deploys it onto this machine and runs until a signal. */
async function main(): Promise<void> {
  const { cloud: options, json, verbose, help } = parseOptions(process.argv.slice(2));
  if (help) {
    process.stdout.write(usageText);
    return;
  }
  const stopping = new AbortController();
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        resolve();
        stopping.abort();
      });
    }
  });
  const { log, release } = createOperatorLog({ json, verbose });
  const assembly = await mkdtemp(join(tmpdir(), 'local-cloud-'));
  try {
    if (!json) process.stderr.write('Synthesizing the app …\n');
    // The embedded parts load while the app is synthesized.
    const [{ deploy }] = await Promise.all([
      import('../cloud/deploy.ts'),
      synthesize(assembly, stopping.signal),
    ]);
    const deployment = await Promise.race([deploy(assembly, options, log), stopAsked]);
    if (!deployment) return;
    const token = await deployment.token('demo');

    const { api, live, cloud } = deployment;
    const ready = JSON.stringify({ ready: true, api, live, aws: cloud.awsUrl, token });
    process.stdout.write(json ? `${ready}\n` : banner(deployment, token));
    release();

    await stopAsked;
    await Promise.race([
      deployment.cloud.stop(),
      new Promise((resolve) => setTimeout(resolve, stopMs).unref()),
    ]);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    await rm(assembly, { recursive: true, force: true });
  }
}

main().then(
  // Not every library lets the process end by itself.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${process.env.DEBUG ? (error as Error).stack : (error as Error).message}\n`);
    process.exit(1);
  },
);
