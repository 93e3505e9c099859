import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callLimits } from './call-limits.ts';

/** The part of the Secrets Manager client that is used. */
export type SecretsReader = Pick<SecretsManagerClient, 'send'>;

/**
 * Reads a secret when it is first needed and keeps what `use` makes of its text. A failed read is not kept.
 *
 * @param content - what the secret has to contain, for the error
 * @returns a function that takes what was rejected, if anything was: the secret may have been rolled and is read again
 */
export function createSecret<T>(
  secretArn: string,
  content: string,
  use: (text: string) => T,
  secrets: SecretsReader = new SecretsManagerClient(callLimits),
): (rejected?: T) => Promise<T> {
  let kept: Promise<T> | undefined;

  return async (rejected) => {
    const held = kept;
    // Of many callers whose value was rejected, only the first one has it read again.
    if (rejected !== undefined && (await held) === rejected && kept === held) kept = undefined;
    kept ??= read().catch((error) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };

  async function read(): Promise<T> {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (!SecretString) throw new Error(`The secret ${secretArn} holds no text; put ${content} there.`);
    return use(SecretString);
  }
}
