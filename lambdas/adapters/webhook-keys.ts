import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { callLimits } from './call-limits.ts';
import { webhookKey } from './webhook-key.ts';

/** Dependencies that tests replace. */
export interface WebhookKeysDependencies {
  readonly secrets: Pick<SecretsManagerClient, 'send'>;
  readonly clock: () => Date;
}

/** How long the secret is used before it is read again, in milliseconds. */
const freshMs = 5 * 60_000;

/** How long webhooks are also signed with the previous key, in milliseconds: a week for receivers to take the new one. */
const rotationMs = 7 * 24 * 3_600_000;

/** A secret and when it was read, in milliseconds since the epoch. */
interface Read {
  /** The current text and, during a rotation, the previous one. */
  readonly texts: readonly string[];
  readonly at: number;
}

/**
 * The keys that sign an owner's webhooks: the current one and, for a week after the secret was rotated, the previous one.
 * Secrets Manager keeps both, as the versions AWSCURRENT and AWSPREVIOUS. A rotation takes effect within minutes; while
 * Secrets Manager does not answer, the last keys stay in use.
 */
export function createWebhookKeys(
  { secretArn: SecretId }: { readonly secretArn: string },
  dependencies: Partial<WebhookKeysDependencies> = {},
): (owner: string) => Promise<readonly string[]> {
  const { secrets = new SecretsManagerClient(callLimits), clock = () => new Date() } = dependencies;
  let last: Read | undefined;
  let reading: Promise<Read> | undefined;

  return async (owner) => {
    const { texts } = await secret();
    return texts.map((text) => webhookKey(text, owner));
  };

  async function secret(): Promise<Read> {
    if (last && clock().getTime() - last.at < freshMs) return last;
    // The webhooks of a batch share one read.
    reading ??= read().finally(() => {
      reading = undefined;
    });
    try {
      last = await reading;
    } catch (error) {
      if (!last) throw error;
    }
    return last;
  }

  async function read(): Promise<Read> {
    const at = clock().getTime();
    const current = await version('AWSCURRENT');
    const isRotating = at - (current.CreatedDate?.getTime() ?? 0) < rotationMs;
    const previous = isRotating ? await previousVersion() : undefined;
    const texts = [current, previous].flatMap((found) => found?.SecretString ?? []);
    if (texts.length === 0) {
      throw new Error(`The secret ${SecretId} holds no text; put the secret that signs webhooks there.`);
    }
    return { texts, at };
  }

  function version(VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS') {
    return secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }));
  }

  async function previousVersion() {
    try {
      return await version('AWSPREVIOUS');
    } catch (error) {
      // A secret that was never rotated has none.
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }
}
