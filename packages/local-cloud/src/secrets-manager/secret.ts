import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { generateSecretString } from './secret-string.ts';

/**
 * A secret: the value in the template, or one that is generated once.
 * @param createSecret Deploys the secret and gives its ARN.
 */
export function secretKind(
  createSecret: (name: string, value: string | (() => string), description?: string) => string,
): ResourceKind {
  return {
    type: 'AWS::SecretsManager::Secret',
    honoured: ['Description', 'GenerateSecretString', 'Name', 'SecretString'],
    harmless: ['KmsKeyId', 'Tags'],
    create({ properties, logicalId }) {
      const { Name, Description, SecretString, GenerateSecretString } = properties;
      if (SecretString !== undefined && GenerateSecretString !== undefined) {
        throw new Error('SecretString and GenerateSecretString exclude each other');
      }
      const value = SecretString ?? (() => generateSecretString(GenerateSecretString ?? {}));
      const arn = createSecret(String(Name ?? logicalId), value, Description);
      return { ref: arn, attributes: { Id: arn } };
    },
  };
}
