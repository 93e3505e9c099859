import { logger } from '../../lambdas/telemetry.ts';

/** Everything that the functions log while something runs, at the most talkative level. */
export async function logsOf(run: () => Promise<unknown>): Promise<string> {
  const level = logger.getLevelName();
  const lines: string[] = [];
  const write = process.stdout.write;
  logger.setLogLevel('TRACE');
  process.stdout.write = (chunk: string | Uint8Array) => {
    lines.push(String(chunk));
    return true;
  };
  try {
    await run();
  } finally {
    process.stdout.write = write;
    logger.setLogLevel(level);
  }
  return lines.join('');
}
