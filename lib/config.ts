import * as z from 'zod/mini';

const positive = z.int().check(z.gte(1));

/** Days after its end in which Step Functions redrives an execution. */
const redriveDays = 14;

/** IAM grants access by the whole ARN, whose last six characters Secrets Manager makes up. */
const secretArn = z
  .string()
  .check(
    z.regex(
      /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}$/,
      'must be the full ARN of a secret, with the six random characters at its end (aws secretsmanager describe-secret)',
    ),
  );

/** Everything a deployment may choose. Limits carry their unit in their name. */
export const Config = z
  .strictObject({
    /** Address that confirmations come from; the stack asks SES to verify it. */
    sender: z.email(),
    /** Days a job's record is kept after acceptance. */
    jobRetentionDays: positive,
    /** Days an idempotency key stands for its order. */
    idempotencyRetentionDays: positive,
    /** Days logs are kept. */
    logRetentionDays: z.literal([7, 14, 30, 90, 180, 365]),
    /** Requests a second that each of the two APIs takes steadily, and the burst above that; more is a 429. */
    throttle: z.strictObject({ ratePerSecond: positive, burst: positive }),
    /** Origins whose pages may call the API; empty for none. */
    corsOrigins: z.array(z.string()),
    /** Who issues access tokens; a Cognito user pool of the stack's own when absent. */
    tokens: z.optional(
      z.strictObject({
        issuer: z.url(),
        audience: z.array(z.string().check(z.minLength(1))).check(z.minLength(1)),
      }),
    ),
    /** The sandbox charges nobody; Stripe reads its API key from the named Secrets Manager secret. */
    payments: z.discriminatedUnion('provider', [
      z.strictObject({ provider: z.literal('sandbox') }),
      z.strictObject({ provider: z.literal('stripe'), secretArn }),
    ]),
    /** Whether tables and the user pool outlive the stack. Orders always do. */
    retainData: z.boolean(),
  })
  .check(
    // A key that outlived its job would let the same order be processed again, under the same id.
    z.refine(
      ({ jobRetentionDays, idempotencyRetentionDays }) => jobRetentionDays >= idempotencyRetentionDays,
      {
        error:
          'must not be less than idempotencyRetentionDays: a key stands for a job that must still be there',
        path: ['jobRetentionDays'],
      },
    ),
    z.refine(({ jobRetentionDays }) => jobRetentionDays > redriveDays, {
      error: `must be more than ${redriveDays}: so long a failed job can be redriven`,
      path: ['jobRetentionDays'],
    }),
  );
export type Config = Readonly<z.infer<typeof Config>>;

const development: Config = {
  sender: 'orders@example.com',
  jobRetentionDays: 30,
  idempotencyRetentionDays: 7,
  logRetentionDays: 30,
  throttle: { ratePerSecond: 1_000, burst: 2_000 },
  corsOrigins: ['*'],
  payments: { provider: 'sandbox' },
  retainData: false,
};

/** Named starting points; a deployment overrides single values of one. */
export const profiles = {
  development,
  production: { ...development, logRetentionDays: 90, corsOrigins: [], retainData: true },
} satisfies Record<string, Config>;

/**
 * The configuration of a deployment.
 *
 * @param profile - name of a profile
 * @param overrides - values that differ from it
 * @throws Error naming every value that is wrong and the way out
 */
export function configOf(profile: string, overrides: Partial<Config> = {}): Config {
  if (!Object.hasOwn(profiles, profile)) {
    throw new Error(
      `There is no profile '${profile}'; choose one of ${Object.keys(profiles).join(', ')} (-c profile=…).`,
    );
  }
  const config = { ...profiles[profile as keyof typeof profiles], ...overrides };
  if (profile === 'production' && overrides.sender === undefined) {
    throw new Error(
      'The production profile needs the address that confirmations come from: -c sender=orders@your.domain',
    );
  }
  if (profile === 'production' && overrides.payments === undefined) {
    throw new Error(
      'The production profile needs to be told how orders are paid: -c stripeSecretArn=…, or -c payments=sandbox, which charges nobody.',
    );
  }
  // zod/mini says only 'Invalid input' unless it is given words.
  const parsed = z.safeParse(Config, config, { error: z.locales.en().localeError });
  if (!parsed.success) throw new Error(`The configuration is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
