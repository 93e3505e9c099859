import type { ResourceKind } from '../wire/cloud.ts';
import { generateSecretString } from './secret-string.ts';
import type { SecretsManager } from './secrets-manager.ts';

/** A secret: its own value, or one that is generated once. */
export const secret: ResourceKind = {
  type: 'AWS::SecretsManager::Secret',
  honoured: ['Description', 'GenerateSecretString', 'Name', 'SecretString'],
  harmless: ['KmsKeyId', 'Tags'],
  create({ properties, logicalId }, cloud) {
    const secrets = cloud.services.get('secretsmanager') as SecretsManager | undefined;
    if (!secrets) throw new Error('the local cloud was started without its service "secretsmanager"');
    const { Name, Description, SecretString, GenerateSecretString } = properties;
    if (SecretString !== undefined && GenerateSecretString !== undefined) {
      throw new Error('SecretString and GenerateSecretString exclude each other');
    }
    const value = SecretString ?? (() => generateSecretString(GenerateSecretString ?? {}));
    const arn = secrets.createSecret(String(Name ?? logicalId), value, Description);
    return { ref: arn, attributes: { Id: arn } };
  },
};
