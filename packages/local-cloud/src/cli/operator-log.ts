import type { LogEntry } from '../wire/log.ts';

/** Human mode: warnings and errors as text on stderr, all with `verbose`. JSON mode: every entry a line on stdout. */
export function createOperatorLog({ json, verbose }: { json: boolean; verbose: boolean }) {
  let held: string[] | undefined = [];

  return {
    log(entry: LogEntry) {
      if (!json) {
        if (verbose || entry.level !== 'info') process.stderr.write(humanLine(entry));
        return;
      }
      const line = `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`;
      if (held) held.push(line);
      else process.stdout.write(line);
    },
    /** With `--json` the ready line comes first on stdout: what was logged before it follows now. */
    release() {
      for (const line of held ?? []) process.stdout.write(line);
      held = undefined;
    },
  };
}

function humanLine({ level, message, ...details }: LogEntry): string {
  const facts = Object.entries(details).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${[level.toUpperCase(), message, ...facts].join(' ')}\n`;
}
