import { type Config, protectedOperations } from './config.ts';
import { configOf } from './config-of.ts';
import { isProfile, profiles } from './profiles.ts';
import { WrongConfiguration } from './wrong-configuration.ts';

/** One deployed system: its stack and its configuration. */
export interface Deployment {
  /** `<name>-<profile>`, so that no stack of one profile can be updated as one of the other. */
  readonly stackName: string;
  /** The account and region that it is bound to; those of the credentials when absent. */
  readonly env: { readonly account?: string; readonly region?: string };
  /** Tags of the stack, which CloudFormation gives to its resources. */
  readonly tags: Readonly<Record<string, string>>;
  readonly config: Config;
}

/** Keys that the CDK, its CLI and its look-ups put into the context themselves. */
const ofCdk = /^@aws-cdk|:|^(?:acknowledged-issue-numbers|cli-telemetry)$/;

/** What a stack's name, account, region and tags may be, with the words for anything else. */
const forms = {
  name: [/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'a letter, then up to 39 letters, digits and dashes'],
  account: [/^\d{12}$/, 'the twelve digits of an AWS account'],
  region: [/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'an AWS region, for example eu-central-1'],
  concurrency: [/^none$/, 'none; limits of single functions are concurrency.<function>'],
  tags: [/^[^=,]{1,128}=[^=,]{0,256}(?:,[^=,]{1,128}=[^=,]{0,256})*$/, 'KEY=VALUE pairs, comma-separated'],
} as const;

/**
 * Reads the context of the app (`-c key=value`). `docs/configuration.md` lists its keys. A key that nothing here reads is
 * wrong, so that a misspelt one cannot leave its default in place.
 *
 * @throws WrongConfiguration with a line for every wrong key and value
 */
export function deploymentOf(context: Readonly<Record<string, unknown>>): Deployment {
  const known = new Set<string>();
  const text = (key: string): string | undefined => {
    known.add(key);
    const { [key]: value } = context;
    return value === undefined ? undefined : String(value);
  };
  const list = (key: string) =>
    text(key)
      ?.split(',')
      .map((part) => part.trim());
  /** The values of `<key>.<name>` by name. */
  const each = <Value>(key: string, read: (key: string) => Value): Record<string, Value> => {
    known.add(`${key}.*`);
    return Object.fromEntries(
      Object.keys(context)
        .filter((candidate) => candidate.startsWith(`${key}.`))
        .map((candidate) => [candidate.slice(key.length + 1), read(candidate)]),
    );
  };
  const wrong: string[] = [];
  const formed = (key: keyof typeof forms): string | undefined => {
    const [form, allowed] = forms[key];
    const value = text(key);
    if (value !== undefined && !form.test(value)) wrong.push(`${key} is '${value}': must be ${allowed}`);
    return value;
  };

  const profile = text('profile');
  const name = formed('name') ?? 'Accepted';
  const account = formed('account');
  const region = formed('region');
  const tags = formed('tags');
  const issuer = text('issuer');
  const audience = list('audience');
  const secretArn = text('stripeSecretArn');
  const provider = text('payments') ?? (secretArn === undefined ? undefined : 'stripe');
  const scopes = list('scopes');
  /** `50/100`: requests a second, and at once. */
  const rate = (key: string) => {
    const [ratePerSecond, burst] = text(key)?.split('/') ?? [];
    return { ratePerSecond, burst };
  };
  const domains = {
    api: text('apiDomain'),
    live: text('liveDomain'),
    certificateArn: text('certificateArn'),
    hostedZoneId: text('hostedZoneId'),
  };
  const unlimited = formed('concurrency') === 'none';
  const overrides = {
    sender: text('sender'),
    jobRetentionDays: text('jobRetentionDays'),
    redriveMinutes: text('redriveMinutes'),
    idempotencyRetentionDays: text('idempotencyRetentionDays'),
    logRetentionDays: text('logRetentionDays'),
    ratePerSecond: text('ratePerSecond'),
    burst: text('burst'),
    scopes: {
      ...(scopes && Object.fromEntries(protectedOperations.map((operation) => [operation, scopes]))),
      ...each('scopes', list),
    },
    monitoring: text('monitoring'),
    alarmEmail: text('alarmEmail'),
    runbookUrl: text('runbookUrl'),
    sourceMaps: text('sourceMaps'),
    tracing: text('tracing'),
    liveAccessLog: text('liveAccessLog'),
    publicUrl: text('publicUrl'),
    publicLiveUrl: text('publicLiveUrl'),
    maxWaitSeconds: text('maxWaitSeconds'),
    senderIdentity: text('senderIdentity'),
    throttles: each('throttle', rate),
    concurrency: { ...(unlimited && everyFunction), ...each('concurrency', text) },
    mfa: text('mfa'),
    customerManagedKey: text('customerManagedKey'),
    gradualDeployment: text('gradualDeployment'),
    web: text('web'),
    webAclArn: text('webAclArn'),
    edgeCertificateArn: text('edgeCertificateArn'),
    workflow: text('workflow'),
    domains: Object.values(domains).every((value) => value === undefined) ? undefined : domains,
    corsOrigins: list('corsOrigins'),
    webhookPorts: list('webhookPorts'),
    tokens: issuer === undefined && audience === undefined ? undefined : { issuer, audience },
    payments:
      provider === undefined ? undefined : { provider, ...(secretArn !== undefined && { secretArn }) },
  };

  for (const key of Object.keys(context))
    if (!known.has(key) && !ofCdk.test(key))
      wrong.push(`There is no context key '${key}'; there are ${[...known].sort().join(', ')}.`);
  if (profile === undefined || !isProfile(profile)) {
    const choices = Object.keys(profiles).map((each) => `-c profile=${each}`);
    const found = profile === undefined ? 'Name the profile' : `There is no profile '${profile}'`;
    throw new WrongConfiguration([...wrong, `${found}: ${choices.join(' or ')}.`]);
  }
  const config = configOf(profile, overrides, wrong);
  return {
    stackName: `${name}-${profile}`,
    env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
    tags: { application: name, profile, ...Object.fromEntries((tags?.split(',') ?? []).map(pair)) },
    config,
  };
}

/** No function has a concurrency of its own. */
const everyFunction = Object.fromEntries(
  Object.keys(profiles.production.concurrency).map((name) => [name, undefined]),
);

const pair = (text: string): [string, string] => {
  const [key = '', value = ''] = text.split('=');
  return [key.trim(), value.trim()];
};
