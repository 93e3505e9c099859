import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { webhookKey } from '../../../../lambdas/adapters/webhook-key.ts';

const command = path.join(import.meta.dirname, '../../../../bin/webhook-key.ts');

describe('the key of an owner', () => {
  it('is HKDF-SHA256 of the secret, as OpenSSL computes it', () => {
    const options = ['digest:SHA256', 'key:the secret', 'info:accepted/webhooks/ada'];
    const derived = execFileSync('openssl', [
      ...['kdf', '-binary', '-keylen', '32'],
      ...options.flatMap((option) => ['-kdfopt', option]),
      'HKDF',
    ]);

    expect(webhookKey('the secret', 'ada')).toBe(`whsec_${derived.toString('base64')}`);
  });

  it('is another one for another owner, and for another secret', () => {
    const keys = [webhookKey('secret', 'ada'), webhookKey('secret', 'bob'), webhookKey('rotated', 'ada')];

    expect(new Set(keys).size).toBe(3);
  });

  it('is printed by the command that reads the secret from stdin', () => {
    const printed = execFileSync(process.execPath, [command, 'ada'], { input: 'the secret\n' });

    expect(printed.toString()).toBe(`${webhookKey('the secret', 'ada')}\n`);
  });

  it.each<[string, string[], string]>([
    ['no owner', [], 'the secret'],
    ['no secret', ['ada'], ''],
  ])('is not printed for %s', (_, args, input) => {
    const run = () => execFileSync(process.execPath, [command, ...args], { input, stdio: 'pipe' });

    expect(run).toThrow('secret on stdin');
  });
});
