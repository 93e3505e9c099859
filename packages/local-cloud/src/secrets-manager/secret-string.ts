import { randomInt } from 'node:crypto';
import { integer } from '../cloudformation/property.ts';

type Excluded = 'Lowercase' | 'Uppercase' | 'Numbers' | 'Punctuation';
type Flag = `Exclude${Excluded}` | 'IncludeSpace' | 'RequireEachIncludedType';

/** `GenerateSecretString` of an `AWS::SecretsManager::Secret`. */
type SecretStringOptions = { readonly [Option in Flag]?: boolean } & {
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
};

/**
 * A random password, or the template with one in it.
 * @throws Error naming the option that cannot be met.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
 */
export function generateSecretString(options: SecretStringOptions): string {
  const { SecretStringTemplate: template, GenerateStringKey: key } = options;
  if ((template === undefined) !== (key === undefined))
    throw new Error('SecretStringTemplate and GenerateStringKey need each other');
  const generated = password(options);
  return key ? JSON.stringify({ ...JSON.parse(template ?? '{}'), [key]: generated }) : generated;
}

function password(options: SecretStringOptions): string {
  const { ExcludeCharacters = '', RequireEachIncludedType = true } = options;
  const length = integer(options, 'PasswordLength', { fallback: 32, min: 1, max: 4096 });
  const kinds = [
    options.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    options.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    options.ExcludeNumbers ? '' : '0123456789',
    options.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    options.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !ExcludeCharacters.includes(character)))
    .filter((kind) => kind.length > 0);
  const all = kinds.flat();
  if (all.length === 0) throw new Error('GenerateSecretString excludes every character');
  const required = RequireEachIncludedType ? kinds : [];
  if (required.length > length)
    throw new Error(`PasswordLength is ${length}; one of each included type needs ${required.length}`);
  for (;;) {
    // Drawn anew until each kind is there, so that every password allowed is equally likely.
    const drawn = Array.from({ length }, () => all[randomInt(all.length)] as string);
    if (required.every((kind) => drawn.some((character) => kind.includes(character)))) return drawn.join('');
  }
}
