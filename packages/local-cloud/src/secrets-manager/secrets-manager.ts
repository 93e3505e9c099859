import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { secretKind } from './secret.ts';
import { SecretStore, type SecretVersion } from './secret-store.ts';

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

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
}

const operations = ['GetSecretValue', 'PutSecretValue', 'UpdateSecret', 'DescribeSecret', 'ListSecrets'];
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

  /** Makes a value AWSCURRENT, and what was AWSCURRENT until now AWSPREVIOUS. */
  function put(name: string, value: string, versionId: string, declared?: string): void {
    const { previous: _, declared: known, ...previous } = store.get(name) ?? {};
    const version = { versionId, value, created: Date.now() / 1000, declared: declared ?? known };
    store.set(name, 'versionId' in previous ? { ...version, previous } : version);
  }

  /**
   * Deploys a secret.
   * @param value The template's value, or what generates one where no restart left any.
   * @returns its ARN
   */
  function createSecret(name: string, value: string | (() => string), description?: string): string {
    const kept = store.get(name);
    const declared = typeof value === 'string' ? value : undefined;
    const isNew = declared === undefined ? !kept : declared !== (kept?.declared ?? kept?.value);
    if (isNew) put(name, typeof value === 'string' ? value : value(), randomUUID(), declared);
    const arn = arnOf(name);
    secrets.set(name, { name, arn, description });
    return arn;
  }

  /** The versions of a secret by their stages. */
  function versionsOf({ name }: Secret): Readonly<Record<string, SecretVersion | undefined>> {
    const current = store.get(name);
    return { AWSCURRENT: current, AWSPREVIOUS: current?.previous };
  }

  function getValue(secret: Secret, { VersionStage, VersionId }: JsonObject): JsonObject {
    const wanted = VersionStage ?? (VersionId === undefined ? 'AWSCURRENT' : undefined);
    const [stage, version] =
      Object.entries(versionsOf(secret)).find(
        ([name, candidate]) =>
          (wanted === undefined || name === wanted) &&
          (VersionId === undefined || candidate?.versionId === VersionId),
      ) ?? [];
    if (!version) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${VersionStage ?? VersionId}; the versions AWSCURRENT and AWSPREVIOUS are kept here.`,
      );
    }
    return {
      ...identity(secret),
      SecretString: version.value,
      VersionId: version.versionId,
      VersionStages: [stage],
      CreatedDate: version.created,
    };
  }

  function putValue(secret: Secret, input: JsonObject): JsonObject {
    const { SecretString, ClientRequestToken = randomUUID(), VersionStages = ['AWSCURRENT'] } = input;
    const versionId = String(ClientRequestToken);
    if (typeof SecretString !== 'string' || String(VersionStages) !== 'AWSCURRENT') {
      const message =
        'The local cloud takes a SecretString with the stage AWSCURRENT; it has no SecretBinary';
      throw new AwsError('InvalidParameterException', message);
    }
    const known = Object.values(versionsOf(secret)).find((version) => version?.versionId === versionId);
    if (known && known.value !== SecretString) {
      const message = `A version with the ClientRequestToken ${versionId} has another value.`;
      throw new AwsError('ResourceExistsException', message);
    }
    if (!known) put(secret.name, SecretString, versionId);
    return { ...identity(secret), VersionId: versionId, VersionStages };
  }

  function update(secret: Secret, input: JsonObject): JsonObject {
    const { Description, SecretString, SecretBinary } = input;
    if (typeof Description === 'string') secrets.set(secret.name, { ...secret, description: Description });
    const isValue = SecretString !== undefined || SecretBinary !== undefined;
    return isValue ? putValue(secret, input) : identity(secret);
  }

  function described(secret: Secret): JsonObject {
    const versions = Object.entries(versionsOf(secret));
    const stages = versions.flatMap(([stage, version]) => (version ? [[version.versionId, [stage]]] : []));
    const { previous, created } = store.get(secret.name) ?? {};
    return {
      ...identity(secret),
      ...(secret.description !== undefined && { Description: secret.description }),
      CreatedDate: previous?.created ?? created,
      LastChangedDate: created,
      VersionIdsToStages: Object.fromEntries(stages),
    };
  }

  const service: AwsService = {
    name: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',

    read: (request) => jsonCall(request, { secretsmanager: operations }),

    permissions({ operation, input }) {
      const action = `secretsmanager:${operation}`;
      if (operation === 'ListSecrets') return [{ action, resource: '*' }];
      const { SecretId } = input;
      return [{ action, resource: secretOf(input)?.arn ?? unknownArn(String(SecretId)) }];
    },

    async perform({ operation, input }) {
      if (operation === 'ListSecrets') return { SecretList: [...secrets.values()].map(described) };
      const secret = secretOf(input);
      if (!secret) {
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      if (operation === 'DescribeSecret') return described(secret);
      if (operation === 'PutSecretValue') return putValue(secret, input);
      if (operation === 'UpdateSecret') return update(secret, input);
      return getValue(secret, input);
    },
  };

  return { service, kinds: [secretKind(createSecret)] };
}

const identity = ({ arn, name }: Secret): JsonObject => ({ ARN: arn, Name: name });

/** AWS ends ARNs of secrets in six random characters; here they follow from the name, to outlive restarts. */
function arnOf(name: string): string {
  return `${arnPrefix}${name}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}

const unknownArn = (id: string): string => (id.startsWith('arn:') ? id : `${arnPrefix}${id}-??????`);
