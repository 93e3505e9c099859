import { inspect } from 'node:util';
import * as z from 'zod/mini';
import { type Operation, type Route, routes } from '../domain/protocol/protocol.ts';

/** Step Functions redrives an execution for 14 days after it ended; the job notices its end up to a day later. */
const redriveDays = 13;

const logRetentions = [7, 14, 30, 90, 180, 365] as const;

/** Numbers come as text from the command line. Anything else is left to the schema to refuse. */
const fromText = z.transform((value: unknown) =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
);

function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  const withinLimits = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return z.pipe(fromText, z.number({ error }).check(z.refine(withinLimits, { error })));
}

/** IAM grants access by the whole ARN, which ends in six characters that Secrets Manager chooses. */
const secretArn = z
  .string()
  .check(
    z.regex(
      /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}$/,
      'must be the full ARN of a secret, including the six random characters at its end (aws secretsmanager describe-secret)',
    ),
  );

/** A base that paths are appended to. */
const baseUrl = (protocol: 'https:' | 'wss:') =>
  z.string().check(
    z.refine((text) => {
      const { protocol: given, username } = URL.parse(text) ?? {};
      return given === protocol && username === '' && !/[?#\s]|\/$/.test(text);
    }, `must be a ${protocol}// URL without user, query, fragment or slash at its end, for example ${protocol}//api.example.com/v1`),
  );

/** The operations that need an access token. */
export const protectedOperations: readonly Operation[] = routes
  .filter((route: Route) => !route.public)
  .map(({ operation }) => operation);

/** RFC 6749, 3.3, without the comma, which separates scopes in the context. */
const scope = z
  .string()
  .check(z.regex(/^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/, 'must be scopes, for example orders/write'));

/** The only scope that the stack's own user pool grants: the stack has neither hosted pages nor resource servers. */
const ofUserPool = 'aws.cognito.signin.user.admin';

/** Everything a deployment may choose. Limits have their unit in their name. */
export const Config = z
  .strictObject({
    /** Address that confirmations come from; the stack asks SES to verify it. */
    sender: z.email(),
    /** Days for which a job's record is kept after its last change. A redrive needs the record. */
    jobRetentionDays: wholeNumber(redriveDays + 2, 3_650),
    /** Minutes for which a failure waits for a redrive before the order is undone. */
    redriveMinutes: wholeNumber(1, redriveDays * 1_440),
    /** Days for which an idempotency key stands for its order. */
    idempotencyRetentionDays: wholeNumber(1, 3_650),
    /** Days for which logs are kept. */
    logRetentionDays: z.pipe(
      fromText,
      z.literal(logRetentions, { error: `must be one of ${logRetentions.join(', ')}` }),
    ),
    /** Requests a second that each of the two APIs accepts steadily; more are answered with 429. */
    ratePerSecond: wholeNumber(1, 100_000),
    /** Requests that each of the two APIs accepts at once. */
    burst: wholeNumber(1, 100_000),
    /** Origins whose pages may call the API; empty for none. */
    corsOrigins: z.array(z.string()),
    /** Issuer and audience of access tokens; the stack's own Cognito user pool when absent. */
    tokens: z.optional(
      z.strictObject({
        issuer: z.url(),
        audience: z.array(z.string().check(z.minLength(1))).check(z.minLength(1)),
      }),
    ),
    /** Scopes by operation: a token needs one of those of the route. None where there is no entry. */
    scopes: z.partialRecord(
      z.enum(protectedOperations, { error: `must be one of ${protectedOperations.join(', ')}` }),
      z.array(scope).check(z.minLength(1)),
    ),
    /** Base of the HTTP API's URLs as clients know it: custom domain, API mapping or proxy. Otherwise the stage's path. */
    publicUrl: z.optional(baseUrl('https:')),
    /** URL of the WebSocket API as clients know it. Otherwise the stage's. */
    publicLiveUrl: z.optional(baseUrl('wss:')),
    /** Longest wait of a status request with `Prefer: wait=N`, in seconds; 0 for none. A wait holds a Lambda function. */
    maxWaitSeconds: wholeNumber(0, 20),
    /** Number of status requests at the same time, set aside from the account's concurrency; not limited when absent. */
    statusConcurrency: z.optional(wholeNumber(1, 100_000)),
    /** The sandbox charges nobody; Stripe reads its API key from this Secrets Manager secret. */
    payments: z.discriminatedUnion('provider', [
      z.strictObject({ provider: z.literal('sandbox') }),
      z.strictObject({ provider: z.literal('stripe'), secretArn }),
    ]),
    /** Ports that webhooks are sent to. */
    webhookPorts: z.array(wholeNumber(1, 65_535)).check(z.minLength(1)),
    /** Whether tables and the user pool outlive the stack. Orders always do. */
    retainData: z.boolean(),
  })
  .check(
    // A key that outlived its job would let the same order be processed again, under the same id.
    z.refine(
      ({ jobRetentionDays, idempotencyRetentionDays }) => jobRetentionDays >= idempotencyRetentionDays,
      {
        error:
          'must not be less than idempotencyRetentionDays: an idempotency key must not outlive the job it stands for',
        path: ['jobRetentionDays'],
      },
    ),
    z.refine(
      ({ tokens, scopes }) =>
        tokens !== undefined || Object.values(scopes).every((list) => list?.includes(ofUserPool)),
      {
        error: `needs an issuer that grants them (-c issuer=…): the stack's own user pool grants only ${ofUserPool}`,
        path: ['scopes'],
      },
    ),
  );
export type Config = Readonly<z.output<typeof Config>>;

const development: Config = {
  sender: 'orders@example.com',
  jobRetentionDays: 30,
  redriveMinutes: 7 * 1_440,
  idempotencyRetentionDays: 7,
  logRetentionDays: 30,
  ratePerSecond: 1_000,
  burst: 2_000,
  corsOrigins: ['*'],
  scopes: {},
  maxWaitSeconds: 20,
  payments: { provider: 'sandbox' },
  webhookPorts: [443, 8443],
  retainData: false,
};

/** Named starting points; a deployment overrides single values of one. */
export const profiles = {
  development,
  production: { ...development, logRetentionDays: 90, corsOrigins: [], maxWaitSeconds: 0, retainData: true },
} satisfies Record<string, Config>;

/** Values that differ from the profile, not validated yet; undefined stands for the profile's. */
export type Overrides = { readonly [Name in keyof Config]?: unknown };

/**
 * The configuration of a deployment.
 *
 * @param profile - name of a profile
 * @param overrides - values that differ from it; numbers may be given as text
 * @throws Error that names every wrong value and what is allowed
 */
export function configOf(profile: string, overrides: Overrides = {}): Config {
  if (!isProfile(profile)) {
    throw new Error(
      `There is no profile '${profile}'; choose one of ${Object.keys(profiles).join(', ')} (-c profile=…).`,
    );
  }
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  if (profile === 'production' && !('sender' in given)) {
    throw new Error(
      'The production profile needs the address that confirmations come from: -c sender=orders@your.domain',
    );
  }
  if (profile === 'production' && !('payments' in given)) {
    throw new Error(
      'The production profile needs a payment provider: -c stripeSecretArn=…, or -c payments=sandbox, which charges nobody.',
    );
  }
  const config = { ...profiles[profile], ...given };
  if (profile === 'production' && Number(config.maxWaitSeconds) > 0 && !('statusConcurrency' in given)) {
    throw new Error(
      'The production profile limits how many functions may wait at the same time: -c statusConcurrency=… with -c maxWaitSeconds=…',
    );
  }
  // zod/mini says only 'Invalid input' unless it is given words.
  const parsed = z.safeParse(Config, config, { error: z.locales.en().localeError });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    // Whoever gives the secret itself in place of its ARN must not find it in a log.
    if (name === '' || name.endsWith('secretArn')) return `${name} ${message}`.trim();
    return `${name} is ${inspect(valueAt(config, path))}: ${message}`;
  });
  throw new Error(`The configuration is wrong: ${wrong.join('; ')}.`);
}

const isProfile = (name: string): name is keyof typeof profiles => Object.hasOwn(profiles, name);

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key], value);
