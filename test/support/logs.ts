import { logger } from '../../lambdas/runtime/telemetry.ts';

/** Everything that the functions log while something runs, at the most talkative level. */
export async function logsOf(run: () => Promise<unknown>): Promise<string> {
  const level = logger.getLevelName();
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));
  let logs = '';
  const keep = (chunk: string | Uint8Array) => {
    logs += chunk;
    return true;
  };
  logger.setLogLevel('TRACE');
  for (const { stream } of streams) stream.write = keep;
  try {
    await run();
  } finally {
    for (const { stream, write } of streams) stream.write = write;
    logger.setLogLevel(level);
  }
  return logs;
}

/** The lines that the functions log while something runs, whether or not it fails. */
export async function linesOf(run: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const logs = await logsOf(() => run().catch(() => {}));
  return logs
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
