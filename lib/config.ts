import * as z from 'zod/mini';
import { type Operation, type Route, routes } from '../domain/protocol/protocol.ts';
import { type FunctionName, functions } from '../lambdas/runtime/environment.ts';

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

/** `true` and `false` come as text from the command line. */
const flag = z.pipe(
  z.transform((value: unknown) => (value === 'true' ? true : value === 'false' ? false : value)),
  z.boolean({ error: 'must be true or false' }),
);

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

/** The functions whose concurrency may be limited, so that they leave the rest of the account's to the stages. */
const limitedFunctions = (Object.keys(functions) as FunctionName[]).filter(
  (name) => !/^(?:stages|settlement)\//.test(name),
);

const oneOf = <const Name extends string>(names: readonly Name[]) =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });

const hostName = z
  .string()
  .check(z.regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'must be a host name in lower case'));

/** CloudFront takes certificates and web ACLs of us-east-1 only. */
const globalArn = (form: RegExp, error: string) => z.optional(z.string().check(z.regex(form, error)));

/** Everything a deployment may choose. Limits have their unit in their name. */
export const Config = z
  .strictObject({
    /** Address that confirmations come from. */
    sender: z.email(),
    /**
     * What SES verifies: `address` asks the sender, by mail; `domain` has DKIM, a MAIL FROM domain and bounce handling, and
     * needs DNS records; `existing` is an identity that the account has verified already.
     */
    senderIdentity: oneOf(['address', 'domain', 'existing']),
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
    /** Requests to single operations, below what each API accepts: for those whose work has lower quotas. */
    throttles: z.partialRecord(
      oneOf(routes.map(({ operation }) => operation)),
      z.strictObject({ ratePerSecond: wholeNumber(1, 100_000), burst: wholeNumber(1, 100_000) }),
    ),
    /**
     * Invocations at the same time by function, set aside from the account's concurrency and the function's limit. Functions
     * without an entry share what is left.
     */
    concurrency: z.partialRecord(oneOf(limitedFunctions), z.optional(wholeNumber(1, 100_000))),
    /** Second factor (TOTP) of the users in the stack's own pool. */
    mfa: oneOf(['off', 'optional', 'required']),
    /** Whether data is encrypted with a KMS key of the stack's own, rather than AWS's keys. */
    customerManagedKey: flag,
    /** Domains of both APIs, instead of API Gateway's own. They need a certificate in the stack's region. */
    domains: z.optional(
      z
        .strictObject({
          api: hostName,
          live: hostName,
          /** A certificate for both names. Without it the stack issues one, which the hosted zone validates. */
          certificateArn: z.optional(
            z
              .string()
              .check(
                z.regex(/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/.+$/, 'must be the ARN of a certificate'),
              ),
          ),
          /** The Route 53 zone of both names, which gets their records. */
          hostedZoneId: z.optional(
            z.string().check(z.regex(/^Z[A-Z0-9]+$/, 'must be the id of a hosted zone')),
          ),
        })
        .check(
          z.refine(({ api, live }) => api !== live, {
            error:
              'must differ from the domain of the HTTP API: API Gateway maps no domain to both kinds of API',
            path: ['live'],
          }),
          z.refine(({ certificateArn, hostedZoneId }) => (certificateArn ?? hostedZoneId) !== undefined, {
            error: 'need a certificate: -c certificateArn=…, or -c hostedZoneId=… to issue one',
          }),
        ),
    ),
    /** Whether CloudFront serves the order page, with the API below `/api` of the same origin. */
    web: flag,
    /** AWS WAF's web ACL of a CloudFront distribution in front of the HTTP API, which then refuses every other way in. */
    webAclArn: globalArn(
      /^arn:[\w-]+:wafv2:us-east-1:\d{12}:global\/webacl\/[^/]+\/[^/]+$/,
      'must be the ARN of a web ACL for CloudFront: of us-east-1, with the scope CLOUDFRONT (arn:aws:wafv2:us-east-1:…:global/webacl/…)',
    ),
    /** Certificate of `domains.api` at CloudFront. */
    edgeCertificateArn: globalArn(
      /^arn:[\w-]+:acm:us-east-1:\d{12}:certificate\/.+$/,
      'must be the ARN of a certificate of us-east-1, where CloudFront looks for it',
    ),
    /**
     * Whether new code of the functions that answer clients, and new definitions of the state machine, take over gradually,
     * and back if they fail.
     */
    gradualDeployment: flag,
    /**
     * `standard` processes an order in a Standard execution. `express-first` begins in an Express execution, which costs a
     * fraction, and continues whatever does not end there in a Standard one.
     */
    workflow: oneOf(['standard', 'express-first']),
    /** The sandbox charges nobody; Stripe reads its API key from this Secrets Manager secret. */
    payments: z.discriminatedUnion('provider', [
      z.strictObject({ provider: z.literal('sandbox') }),
      z.strictObject({ provider: z.literal('stripe'), secretArn }),
    ]),
    /** Ports that webhooks are sent to. */
    webhookPorts: z.array(wholeNumber(1, 65_535)).check(z.minLength(1)),
    /** Whether data, logs and dead letters are protected from deletion and outlive the stack. Orders always outlive it. */
    retainData: z.boolean(),
    /** Whether there are alarms and a dashboard. */
    monitoring: flag,
    /** Address that alarms are sent to; SNS asks its owner to confirm it. */
    alarmEmail: z.optional(z.email()),
    /** Where the runbook is, for the links in the alarms' descriptions. */
    runbookUrl: z.string().check(z.minLength(1)),
    /** Whether stack traces name the TypeScript files and lines. Every cold start reads the function's source map. */
    sourceMaps: flag,
    /** Whether X-Ray traces requests from the functions of the API to the stages. */
    tracing: flag,
    /** Whether handshakes and messages of the WebSocket API are logged. API Gateway needs a role of the account for that. */
    liveAccessLog: flag,
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
    z.refine(({ web, tokens }) => !web || tokens === undefined, {
      error: "needs the stack's own user pool, whose pages sign users in: leave out -c issuer=…",
      path: ['web'],
    }),
    z.refine(
      ({ domains, edgeCertificateArn, ...config }) =>
        (hasEdge(config) && domains !== undefined) === (edgeCertificateArn !== undefined),
      {
        error:
          'goes with apiDomain and CloudFront (-c web=true or -c webAclArn=…): each of them at CloudFront needs a certificate of us-east-1',
        path: ['edgeCertificateArn'],
      },
    ),
  );
export type Config = Readonly<z.output<typeof Config>>;

/** Whether CloudFront stands in front of the HTTP API. */
export function hasEdge({
  web,
  webAclArn,
}: {
  readonly web: boolean;
  readonly webAclArn?: string | undefined;
}): boolean {
  return web || webAclArn !== undefined;
}
