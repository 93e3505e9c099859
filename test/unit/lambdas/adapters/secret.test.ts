import { describe, expect, it } from '@jest/globals';
import { createSecret } from '../../../../lambdas/adapters/secret.ts';

const secretArn = 'arn:aws:secretsmanager:eu-test-1:000000000000:secret:key';

/** A secret whose versions are read one after the other. */
function secretOf(...versions: (string | Error | undefined)[]) {
  const asked: unknown[] = [];
  const send = async ({ input }: { readonly input: { readonly SecretId: string } }) => {
    asked.push(input.SecretId);
    const version = versions.shift();
    if (version instanceof Error) throw version;
    return { SecretString: version };
  };
  const secret = createSecret(secretArn, 'a key', (text) => ({ text }), { send } as never);
  return { secret, asked };
}

describe('a secret', () => {
  it('is read once for many callers', async () => {
    const { secret, asked } = secretOf('one', 'two');

    const values = await Promise.all([secret(), secret()]);

    expect(await secret()).toBe(values[0]);
    expect(values[1]).toBe(values[0]);
    expect(asked).toEqual([secretArn]);
  });

  it('is read again after a failure', async () => {
    const { secret } = secretOf(new Error('throttled'), 'one');

    await expect(secret()).rejects.toThrow('throttled');

    expect(await secret()).toEqual({ text: 'one' });
  });

  it('is read again once for many callers whose value was rejected', async () => {
    const { secret, asked } = secretOf('one', 'two', 'three');
    const rejected = await secret();

    const values = await Promise.all([secret(rejected), secret(rejected), secret()]);

    expect(new Set(values.slice(0, 2))).toEqual(new Set([{ text: 'two' }]));
    expect(await secret(rejected)).toEqual({ text: 'two' });
    expect(asked).toHaveLength(2);
  });

  it('names the way out when it is empty', async () => {
    const { secret } = secretOf(undefined);

    await expect(secret()).rejects.toThrow(`The secret ${secretArn} holds no text; put a key there.`);
  });
});
