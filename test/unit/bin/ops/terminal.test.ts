import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { createTerminal } from '../../../../bin/ops/terminal.ts';

function setUp({ isTTY }: { readonly isTTY: boolean }) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY }),
  );
  const terminal = createTerminal({ stdin, stdout, stderr } as unknown as NodeJS.Process);
  const written = async () => {
    stdout?.end();
    stderr?.end();
    return [await text(stdout as PassThrough), await text(stderr as PassThrough)];
  };
  return { terminal, written, answer: (line: string) => stdin?.write(`${line}\n`) };
}

it('results go to the standard output, and everything else to the standard error', async () => {
  const { terminal, written } = setUp({ isTTY: false });

  terminal.print('a result');
  terminal.note('a note');

  expect(await written()).toEqual(['a result\n', 'a note\n']);
});

it('progress is redrawn on one line, and what follows is below it', async () => {
  const { terminal, written } = setUp({ isTTY: true });

  terminal.redraw('1 of 2');
  terminal.redraw('2 of 2');
  terminal.print('done');
  terminal.note('a note');

  expect(await written()).toEqual(['done\n', '\r1 of 2\r2 of 2\na note\n']);
});

it('progress is not drawn into a file', async () => {
  const { terminal, written } = setUp({ isTTY: false });

  terminal.redraw('1 of 2');

  expect(terminal.isInteractive).toBe(false);
  expect(await written()).toEqual(['', '']);
});

it.each([
  ['y', true],
  ['YES', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
])('the answer %j to a question means %s', async (line, confirmed) => {
  const { terminal, answer } = setUp({ isTTY: false });

  const asked = terminal.confirm('Redrive 3 jobs?');
  answer(line);

  expect(await asked).toBe(confirmed);
});
