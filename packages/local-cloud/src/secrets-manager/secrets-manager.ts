import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { readDataFile, writeDataFile } from '../storage/data-file.ts';
import { account, region } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService, JsonObject } from '../wire/aws-service.ts';
import { jsonCall } from '../wire/json-call.ts';
import { generateSecretString } from './secret-string.ts';

/** The embedded Secrets Manager: the secrets that the template declares. */
export type SecretsManager = ReturnType<typeof createSecretsManager>;

/** What is kept of a secret: its version AWSCURRENT, and AWSPREVIOUS if there was one. */
interface Version {
  readonly versionId: string;
  readonly value: string;
  /** Seconds since the epoch, as in the API. */
  readonly created: number;
  readonly previous?: Version | undefined;
  /** The template's value when it was last deployed, which a newer value replaces only where it has changed. */
  readonly declared?: string | undefined;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
}

const arnPrefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;

/** Keeps secrets in `<data>/secrets.json`, which only this user may read; they come with the kinds. */
export function createSecretsManager({ data }: { readonly data?: string | undefined }) {
  const file = data === undefined ? undefined : join(data, 'secrets.json');
  const kept = new Map(Object.entries({ ...(file && readDataFile(file)) } as Record<string, Version>));
  const secrets = new Map<string, Secret>();

  /** By its name, its ARN, or the ARN without the random ending. */
  const secretOf = (id: string): Secret | undefined =>
    [...secrets.values()].find(({ name, arn }) => [name, arn, `${arnPrefix}${name}`].includes(id));

  /** Makes a value AWSCURRENT, and what was AWSCURRENT until now AWSPREVIOUS. */
  function put(name: string, value: string, versionId: string, declared = kept.get(name)?.declared): void {
    const last = kept.get(name);
    const previous = last && { ...last, previous: undefined };
    kept.set(name, { versionId, value, created: Date.now() / 1000, declared, previous });
    if (file !== undefined) writeDataFile(file, Object.fromEntries(kept));
  }

  const kind: ResourceKind = {
    type: 'AWS::SecretsManager::Secret',
    honoured: ['Description', 'GenerateSecretString', 'Name', 'SecretString'],
    harmless: ['KmsKeyId', 'Tags'],
    create({ properties, logicalId }) {
      const { Name: name = logicalId, Description, SecretString, GenerateSecretString } = properties;
      if (SecretString !== undefined && GenerateSecretString !== undefined)
        throw new Error('SecretString and GenerateSecretString exclude each other');
      const old = kept.get(name);
      if (SecretString === undefined) {
        if (!old) put(name, generateSecretString(GenerateSecretString ?? {}), randomUUID());
      } else if (SecretString !== (old?.declared ?? old?.value)) {
        put(name, SecretString, randomUUID(), SecretString);
      }
      // AWS ends ARNs of secrets in six random characters; here they follow from the name, to outlive restarts.
      const arn = `${arnPrefix}${name}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
      secrets.set(name, { name, arn, description: Description });
      return { ref: arn, attributes: { Id: arn } };
    },
  };

  /** The versions of a secret as the API tells them, newest first. */
  function versionsOf({ name }: Secret) {
    const current = kept.get(name);
    const toldOf = (version: Version | undefined, stage: string) => {
      if (!version) return [];
      const { versionId: VersionId, value: SecretString, created: CreatedDate } = version;
      return [{ VersionId, SecretString, CreatedDate, VersionStages: [stage] }];
    };
    return [...toldOf(current, 'AWSCURRENT'), ...toldOf(current?.previous, 'AWSPREVIOUS')];
  }

  function described(secret: Secret): JsonObject {
    const versions = versionsOf(secret);
    return {
      ...identity(secret),
      Description: secret.description,
      CreatedDate: versions.at(-1)?.CreatedDate,
      LastChangedDate: versions[0]?.CreatedDate,
      VersionIdsToStages: Object.fromEntries(versions.map((each) => [each.VersionId, each.VersionStages])),
    };
  }

  function putValue(secret: Secret, input: JsonObject): JsonObject {
    const { SecretString, ClientRequestToken = randomUUID(), VersionStages = ['AWSCURRENT'] } = input;
    const VersionId = String(ClientRequestToken);
    if (typeof SecretString !== 'string' || String(VersionStages) !== 'AWSCURRENT') {
      const allowed = 'a SecretString with the stage AWSCURRENT; it has no SecretBinary';
      throw new AwsError('InvalidParameterException', `The local cloud takes ${allowed}`);
    }
    const known = versionsOf(secret).find((each) => each.VersionId === VersionId);
    if (known && known.SecretString !== SecretString)
      throw new AwsError('ResourceExistsException', `The version ${VersionId} has another value already.`);
    if (!known) put(secret.name, SecretString, VersionId);
    return { ...identity(secret), VersionId, VersionStages };
  }

  const operations: Readonly<Record<string, (secret: Secret, input: JsonObject) => JsonObject>> = {
    DescribeSecret: described,
    PutSecretValue: putValue,
    GetSecretValue(secret, { VersionStage, VersionId }) {
      const wanted = VersionStage ?? (VersionId === undefined ? 'AWSCURRENT' : undefined);
      const version = versionsOf(secret).find(
        (each) =>
          (wanted === undefined || String(each.VersionStages) === wanted) &&
          (VersionId === undefined || each.VersionId === VersionId),
      );
      if (version) return { ...identity(secret), ...version };
      const problem = `Secrets Manager can't find the specified secret value for ${VersionStage ?? VersionId}`;
      throw notFound(`${problem}; the versions AWSCURRENT and AWSPREVIOUS are kept here.`);
    },
    UpdateSecret(secret, input) {
      const { Description, SecretString, SecretBinary } = input;
      if (Description !== undefined) secrets.set(secret.name, { ...secret, description: `${Description}` });
      const hasValue = SecretString !== undefined || SecretBinary !== undefined;
      return hasValue ? putValue(secret, input) : identity(secret);
    },
  };

  const service: AwsService = {
    name: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    read: (request) => jsonCall(request, { secretsmanager: [...Object.keys(operations), 'ListSecrets'] }),
    permissions({ operation, input: { SecretId } }) {
      const id = String(SecretId);
      const unknown = id.startsWith('arn:') ? id : `${arnPrefix}${id}-??????`;
      const resource = operation === 'ListSecrets' ? '*' : (secretOf(id)?.arn ?? unknown);
      return [{ action: `secretsmanager:${operation}`, resource }];
    },
    async perform({ operation, input }) {
      if (operation === 'ListSecrets') return { SecretList: [...secrets.values()].map(described) };
      const { SecretId } = input;
      const secret = secretOf(String(SecretId));
      if (secret) return operations[operation]?.(secret, input);
      throw notFound("Secrets Manager can't find the specified secret.");
    },
  };

  return { service, kinds: [kind] };
}

const identity = ({ arn, name }: Secret): JsonObject => ({ ARN: arn, Name: name });
const notFound = (message: string) => new AwsError('ResourceNotFoundException', message);
