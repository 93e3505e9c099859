import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { needing } from './support/needing.ts';
import { apiUrl, ordersApi, tokenFor } from './support/orders-api.ts';

const root = path.join(import.meta.dirname, '../..');

/** Runs the end-to-end suites against the shared cloud as if it were deployed, and resolves to what was printed. */
const run = (...args: readonly string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const command = ['test/e2e/run.ts', '--url', `${apiUrl}/orders`, ...args];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });

needing('the control routes of a local cloud')('a run against a deployed stack', () => {
  it('passes with the token of an owner who has orders already, and lists what it left out', async () => {
    const api = await ordersApi();
    await api.ending((await api.submit()).body.jobId);

    const { code, output } = await run('--token', api.token, 'e2e/idempotency');

    expect([code, output]).toEqual([0, expect.stringContaining('Left out')]);
    expect(output).toContain('of two owners (needs a second owner (--other-token)): 1 test\n');
    expect(output).toContain('in the ledger (needs the control routes of a local cloud): 1 test\n');
  });

  it('is refused with a token that the stack does not accept', async () => {
    const { code, output } = await run('--token', 'nonsense', 'e2e/idempotency');

    expect(code).toBe(1);
    expect(output).toContain(`${apiUrl}/orders answered 401 to --token.`);
  });

  it('is refused with two tokens of one owner', async () => {
    const token = await tokenFor('tester');

    const { code, output } = await run('--token', token, '--other-token', token, 'e2e/idempotency');

    expect(code).toBe(1);
    expect(output).toContain('of the same owner');
  });
});
