import { type GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { webhookKey } from '../../../../lambdas/adapters/webhook-key.ts';
import {
  createWebhookKeys,
  type WebhookKeysDependencies,
} from '../../../../lambdas/adapters/webhook-keys.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.parse('2026-11-27T12:00:00Z');

/** A secret and the keys that are derived from it, as time goes by. */
function fixture() {
  const versions: { text: string; createdAt: number }[] = [{ text: 'first', createdAt: start - 30 * day }];
  const reads: string[] = [];
  let [now, isDown] = [start, false];
  const send = async ({ input: { SecretId, VersionStage } }: GetSecretValueCommand) => {
    reads.push(`${SecretId} ${VersionStage}`);
    if (isDown) throw new Error('Secrets Manager is down.');
    const version = versions.at(VersionStage === 'AWSPREVIOUS' ? -2 : -1);
    if (!version) throw new ResourceNotFoundException({ message: 'no such stage', $metadata: {} });
    return { SecretString: version.text, CreatedDate: new Date(version.createdAt) };
  };
  const secrets = { send } as unknown as WebhookKeysDependencies['secrets'];
  const keys = createWebhookKeys({ secretArn: 'arn' }, { secrets, clock: () => new Date(now) });
  return {
    keys,
    reads,
    rotate: (text: string) => versions.push({ text, createdAt: now }),
    pass(ms: number) {
      now += ms;
    },
    setDown(down: boolean) {
      isDown = down;
    },
  };
}

const keyOf = (secret: string) => webhookKey(secret, 'ada');

describe("an owner's keys", () => {
  it('are one, as long as the secret is not rotated', async () => {
    const { keys } = fixture();

    expect(await keys('ada')).toEqual([keyOf('first')]);
    expect(await keys('bob')).toEqual([webhookKey('first', 'bob')]);
  });

  it('are the new and the previous one for a week after a rotation, then the new one alone', async () => {
    const { keys, rotate, pass } = fixture();
    rotate('second');

    const atFirst = await keys('ada');
    pass(6 * day);
    const later = await keys('ada');
    pass(2 * day);

    expect(atFirst).toEqual([keyOf('second'), keyOf('first')]);
    expect(later).toEqual(atFirst);
    expect(await keys('ada')).toEqual([keyOf('second')]);
  });

  it('are one after a secret was created and never rotated', async () => {
    const { keys, pass } = fixture();
    pass(-29.9 * day);

    expect(await keys('ada')).toEqual([keyOf('first')]);
  });

  it('follow a rotation within minutes, without a deployment', async () => {
    const { keys, rotate, pass } = fixture();
    await keys('ada');
    rotate('second');

    pass(5 * minute);

    expect(await keys('ada')).toEqual([keyOf('second'), keyOf('first')]);
  });

  it('need one read for many webhooks', async () => {
    const { keys, reads, pass } = fixture();

    await Promise.all([keys('ada'), keys('bob')]);
    pass(4 * minute);
    await keys('ada');

    expect(reads).toEqual(['arn AWSCURRENT']);
  });

  it('stay in use while Secrets Manager does not answer', async () => {
    const { keys, rotate, pass, setDown } = fixture();
    await keys('ada');
    rotate('second');
    setDown(true);
    pass(6 * minute);

    expect(await keys('ada')).toEqual([keyOf('first')]);

    setDown(false);
    expect(await keys('ada')).toEqual([keyOf('second'), keyOf('first')]);
  });

  it('are read again after they could not be read', async () => {
    const { keys, setDown } = fixture();
    setDown(true);
    await expect(keys('ada')).rejects.toThrow('Secrets Manager is down.');

    setDown(false);

    expect(await keys('ada')).toEqual([keyOf('first')]);
  });
});
