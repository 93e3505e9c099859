import { createInterface } from 'node:readline/promises';
import { printable } from './printable.ts';

/** Where the tool writes, and what it asks. */
export interface Terminal {
  /** Results, on the standard output. */
  print(text: string): void;
  /** Everything else, on the standard error. */
  note(text: string): void;
  /** Redraws a line of progress. Nothing is drawn unless a person looks at it. */
  redraw(line: string): void;
  /** Whether there is a person to ask. */
  readonly isInteractive: boolean;
  confirm(question: string): Promise<boolean>;
  /** Becomes aborted at the first Ctrl-C. The second one ends the process. */
  interruption(): AbortSignal;
}

/** The terminal of a process. Control characters in what it prints do nothing. */
export function createTerminal({ stdin, stdout, stderr }: NodeJS.Process): Terminal {
  const isInteractive = stdin.isTTY === true && stderr.isTTY === true;
  let isDrawn = false;

  /** Writes a line below the line of progress. */
  function write(stream: NodeJS.WriteStream, text: string): void {
    if (isDrawn) stderr.write('\n');
    isDrawn = false;
    stream.write(`${printable(text)}\n`);
  }

  return {
    print: (text) => write(stdout, text),
    note: (text) => write(stderr, text),
    redraw(line) {
      if (!stderr.isTTY) return;
      stderr.write(`\r${printable(line)}`);
      isDrawn = true;
    },
    isInteractive,
    async confirm(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        const answer = await lines.question(`${printable(question)} [y/N] `);
        return /^y(es)?$/i.test(answer.trim());
      } catch {
        // Ctrl-C or Ctrl-D.
        return false;
      } finally {
        lines.close();
      }
    },
    interruption() {
      const controller = new AbortController();
      process.once('SIGINT', () => controller.abort());
      return controller.signal;
    },
  };
}
