import { inspect } from 'node:util';
import * as z from 'zod/mini';
import { Config } from './config.ts';
import { type Profile, profiles } from './profiles.ts';
import { WrongConfiguration } from './wrong-configuration.ts';

/** Values that differ from the profile, not validated yet; undefined stands for the profile's. */
export type Overrides = { readonly [Name in keyof Config]?: unknown };

/** What production has no default for, with the way to give it. */
const requiredInProduction: Overrides = {
  sender: 'the address that confirmations come from: -c sender=orders@your.domain',
  payments: 'a payment provider: -c stripeSecretArn=…, or -c payments=sandbox, which charges nobody',
};

/** Values with one entry for each function or operation: an override changes the entries that it names. */
const mergedByEntry = ['scopes', 'throttles', 'concurrency'] as const;

/**
 * The configuration of a deployment.
 *
 * @param overrides - values that differ from the profile; numbers may be given as text
 * @param otherwiseWrong - lines about what else is wrong with the deployment, to be thrown together
 * @throws WrongConfiguration with a line for every wrong value, which names it and what is allowed
 */
export function configOf(
  profile: Profile,
  overrides: Overrides = {},
  otherwiseWrong: readonly string[] = [],
): Config {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const config = { ...profiles[profile], ...given };
  for (const name of mergedByEntry)
    if (given[name] !== undefined)
      Object.assign(config, { [name]: { ...profiles[profile][name], ...given[name] } });
  const missing = Object.entries(profile === 'production' ? requiredInProduction : {})
    .filter(([name]) => !(name in given))
    .map(([, need]) => `The production profile needs ${need}.`);
  // zod/mini says only 'Invalid input' unless it is given words.
  const parsed = z.safeParse(Config, config, { error: z.locales.en().localeError });
  if (parsed.success && missing.length + otherwiseWrong.length === 0) return parsed.data;
  const wrong = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = path.join('.');
    // Whoever gives the secret itself in place of its ARN must not find it in a log.
    if (name === '' || name.endsWith('secretArn')) return `${name} ${message}`.trim();
    return `${name} is ${inspect(valueAt(config, path))}: ${message}`;
  });
  throw new WrongConfiguration([...otherwiseWrong, ...missing, ...wrong]);
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key], value);
