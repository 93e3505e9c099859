import { join } from 'node:path';
import type { Deployment, DeployRequest } from '../cloud/deploy.ts';
import { buildSite } from '../site/build-site.ts';
import { createStaticSite } from '../site/static-site.ts';
import { account, region } from '../wire/account.ts';
import { banner } from './banner.ts';
import { cloudAssembly } from './cloud-assembly.ts';
import { loadConfig, type RunningStack } from './config.ts';
import { createOperatorLog } from './operator-log.ts';
import { parseOptions, usageText } from './options.ts';
import { makeTemporary, removeTemporary, startAnew, takeInheritance } from './successor.ts';

/** A stop that takes longer has nothing left worth waiting for. */
const stopMs = 5_000;

/** Synthesizes the app, deploys it onto this machine and runs until a signal. */
async function main(): Promise<void> {
  const { cloud: options, app, context, stack, config: file, ...show } = parseOptions(process.argv.slice(2));
  if (show.help) {
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
  const { log, release } = createOperatorLog(show);
  const config = await loadConfig(file);
  const { site } = config;
  const inherited = takeInheritance();
  const temporary = inherited?.temporary ?? (await makeTemporary());
  const assembly = join(temporary, 'assembly');
  if (!show.json) process.stderr.write(inherited ? 'Restarting …\n' : 'Synthesizing the app …\n');
  try {
    // The embedded parts load while the app is synthesized.
    const [{ deploy }, folder] = await Promise.all([
      import('../cloud/deploy.ts'),
      inherited
        ? inherited.assembly
        : cloudAssembly(app ?? config.app, assembly, stopping.signal, {
            given: context,
            project: config.context,
          }),
      site?.build && buildSite(site.directory, site.build, stopping.signal),
    ]);
    if (show.build) return;
    const running = Promise.withResolvers<RunningStack>();
    const views = Object.fromEntries(
      Object.entries(config.views ?? {}).map(([name, view]) => [
        name,
        async (query: URLSearchParams) => view(await running.promise, query),
      ]),
    );
    const kept = { data: join(temporary, 'data'), ...options, ...inherited?.ports };
    const restart: DeployRequest['restart'] = ({ publicUrl, awsUrl }) =>
      startAnew({
        temporary,
        assembly: folder,
        ports: { port: portOf(publicUrl), awsPort: portOf(awsUrl) },
      });
    const deploying = deploy({ assembly: folder, stack, options: kept, log, views, restart });
    const deployment = await Promise.race([deploying, stopAsked]);
    if (!deployment) return;
    const own = await runningStack(deployment);
    running.resolve(own);
    if (site) {
      const [content, headers] = [site.config(own), site.headers?.(own) ?? {}];
      deployment.cloud.mountLast(createStaticSite({ directory: site.directory, config: content, headers }));
    }

    const { api, live, cloud } = deployment;
    const ready = { ready: true, api, live, aws: cloud.awsUrl, token: own.token };
    const text = show.json
      ? `${JSON.stringify(ready)}\n`
      : banner({ ...cloud, ...deployment, hasSite: site !== undefined }, (await config.banner?.(own)) ?? '');
    process.stdout.write(text);
    release();
    for (const part of config.warm ?? []) await Promise.race([cloud.warm(part), stopAsked]);

    await stopAsked;
    await Promise.race([cloud.stop(), new Promise((resolve) => setTimeout(resolve, stopMs).unref())]);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    await removeTemporary(temporary);
  }
}

const portOf = (url: string) => Number(new URL(url).port);

async function runningStack({ api, live, outputs, cloud, token }: Deployment): Promise<RunningStack> {
  const credentials = { accessKeyId: account, secretAccessKey: 'local' };
  const client = { endpoint: cloud.awsUrl, region, credentials };
  return { api, live, outputs, token: await token({ sub: 'demo' }), client };
}

main().then(
  // Not every library lets the process end by itself.
  () => process.exit(0),
  (error: unknown) => {
    const { DEBUG } = process.env;
    process.stderr.write(`${DEBUG ? (error as Error).stack : (error as Error).message}\n`);
    process.exit(1);
  },
);
