import { randomInt } from 'node:crypto';

/** `GenerateSecretString` of an `AWS::SecretsManager::Secret`. */
export interface SecretStringOptions {
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly IncludeSpace?: boolean;
  /** @default true */
  readonly RequireEachIncludedType?: boolean;
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
}

const lowercase = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/**
 * A random password, or the template with one in it.
 * @throws Error naming the option that cannot be met.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
 */
export function generateSecretString(options: SecretStringOptions): string {
  const { SecretStringTemplate: template, GenerateStringKey: key } = options;
  if ((template === undefined) !== (key === undefined)) {
    throw new Error('SecretStringTemplate and GenerateStringKey need each other');
  }
  const generated = password(options);
  return key === undefined
    ? generated
    : JSON.stringify({ ...JSON.parse(template ?? '{}'), [key]: generated });
}

function password(options: SecretStringOptions): string {
  const length = Number(options.PasswordLength ?? 32);
  if (!(Number.isInteger(length) && length >= 1 && length <= 4096)) {
    throw new Error(`PasswordLength is ${options.PasswordLength}; allowed: 1 to 4096`);
  }
  const kinds = [
    options.ExcludeLowercase ? '' : lowercase,
    options.ExcludeUppercase ? '' : lowercase.toUpperCase(),
    options.ExcludeNumbers ? '' : digits,
    options.ExcludePunctuation ? '' : punctuation,
    options.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !options.ExcludeCharacters?.includes(character)))
    .filter((kind) => kind.length > 0);
  const all = kinds.flat();
  if (all.length === 0) throw new Error('GenerateSecretString excludes every character');
  const required = (options.RequireEachIncludedType ?? true) ? kinds : [];
  if (required.length > length) {
    throw new Error(`PasswordLength is ${length}; one of each included type needs ${required.length}`);
  }
  const drawn = [...required, ...Array.from({ length: length - required.length }, () => all)].map(anyOf);
  return shuffled(drawn).join('');
}

const anyOf = (characters: readonly string[]): string => characters[randomInt(characters.length)] as string;

/** Fisher and Yates, so that the required characters stand anywhere. */
function shuffled(characters: string[]): string[] {
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
  }
  return characters;
}
