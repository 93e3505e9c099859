import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AbortedError, isOrdersError, OrderRefusedError, TimedOutError } from '../src/errors.ts';

describe('the errors', () => {
  it('are told from others', () => {
    expect(isOrdersError(new AbortedError('Stop'))).toBe(true);
    for (const other of [new Error('x'), undefined, null, 'x', {}]) expect(isOrdersError(other)).toBe(false);
  });

  it('are of their class, and of no other', () => {
    const error = new TimedOutError('Late', undefined);

    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(TimedOutError);
    expect(error).not.toBeInstanceOf(OrderRefusedError);
  });

  it('hold between an ES module and a CommonJS copy of the package', () => {
    const folder = join(import.meta.dirname, '..');
    const script = `
      import { buildSync } from 'esbuild';
      import { createRequire } from 'node:module';
      const options = { entryPoints: ['src/index.ts'], bundle: true, platform: 'neutral', write: false, target: 'es2022' };
      const text = (format) => buildSync({ ...options, format }).outputFiles[0].text;
      const esm = await import('data:text/javascript,' + encodeURIComponent(text('esm')));
      const module = { exports: {} };
      new Function('module', 'exports', 'require', text('cjs'))(module, module.exports, createRequire(import.meta.url));
      const cjs = module.exports;
      const error = new esm.TimedOutError('x');
      console.log(JSON.stringify([
        esm.TimedOutError === cjs.TimedOutError,
        cjs.isOrdersError(error),
        error instanceof cjs.TimedOutError,
        error instanceof cjs.AbortedError,
      ]));`;

    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
      encoding: 'utf8',
    });

    expect(JSON.parse(output)).toEqual([false, true, true, false]);
  });
});
