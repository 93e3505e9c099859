import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { secretKind } from './secret.ts';
import { SecretStore, type StoredSecret } from './secret-store.ts';

/** The embedded Secrets Manager: the secrets that the template declares. */
export interface SecretsManager {
  readonly service: AwsService;
  readonly kinds: readonly ResourceKind[];
}

/** What Secrets Manager works with. */
export interface SecretsManagerPorts {
  /** Keeps secrets in `<data>/secrets.json`. */
  readonly data?: string | undefined;
}

interface Secret extends StoredSecret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
}

const operations = ['GetSecretValue', 'DescribeSecret', 'ListSecrets'];
const arnPrefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;

/** A Secrets Manager; secrets come with {@link SecretsManager.kinds}. */
export function createSecretsManager({ data }: SecretsManagerPorts): SecretsManager {
  if (data !== undefined) mkdirSync(data, { recursive: true });
  const store = new SecretStore(data === undefined ? undefined : join(data, 'secrets.json'));
  const secrets = new Map<string, Secret>();

  /** By its name, its ARN, or the ARN without the random ending. */
  function secretOf({ SecretId }: JsonObject): Secret | undefined {
    const id = String(SecretId);
    return [...secrets.values()].find(
      ({ name, arn }) => id === name || id === arn || id === `${arnPrefix}${name}`,
    );
  }

  /**
   * Deploys a secret.
   * @param value The template's value, or what generates one where no restart left any.
   * @returns its ARN
   */
  function createSecret(name: string, value: string | (() => string), description?: string): string {
    const kept = store.get(name);
    const wanted = typeof value === 'string' ? value : (kept?.value ?? value());
    const stored =
      kept?.value === wanted
        ? kept
        : { value: wanted, created: Date.now() / 1000, versionId: crypto.randomUUID() };
    if (stored !== kept) store.set(name, stored);
    const arn = arnOf(name);
    secrets.set(name, { ...stored, name, arn, description });
    return arn;
  }

  const service: AwsService = {
    name: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',

    read: (request) => jsonCall(request, { secretsmanager: operations }),

    permissions({ operation, input }) {
      const action = `secretsmanager:${operation}`;
      if (operation === 'ListSecrets') return [{ action, resource: '*' }];
      return [{ action, resource: secretOf(input)?.arn ?? unknownArn(String(input.SecretId)) }];
    },

    async perform({ operation, input }) {
      if (operation === 'ListSecrets') return { SecretList: [...secrets.values()].map(described) };
      const secret = secretOf(input);
      if (!secret) {
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      if (operation === 'DescribeSecret') {
        return { ...described(secret), VersionIdsToStages: { [secret.versionId]: ['AWSCURRENT'] } };
      }
      const { VersionStage = 'AWSCURRENT', VersionId = secret.versionId } = input;
      if (VersionStage !== 'AWSCURRENT' || VersionId !== secret.versionId) {
        throw new AwsError(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value; here only the current version is kept.",
        );
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        SecretString: secret.value,
        VersionId: secret.versionId,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: secret.created,
      };
    },
  };

  return { service, kinds: [secretKind(createSecret)] };
}

/** AWS ends ARNs of secrets in six random characters; here they follow from the name, to outlive restarts. */
function arnOf(name: string): string {
  return `${arnPrefix}${name}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}

const unknownArn = (id: string): string => (id.startsWith('arn:') ? id : `${arnPrefix}${id}-??????`);

const described = ({ name, arn, description, created }: Secret): JsonObject => ({
  ARN: arn,
  Name: name,
  ...(description !== undefined && { Description: description }),
  CreatedDate: created,
  LastChangedDate: created,
});
