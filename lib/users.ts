import { CfnOutput, Stack } from 'aws-cdk-lib';
import { AccountRecovery, Mfa, OAuthScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Config } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** Issuer and audience of the access tokens that the API accepts. */
export type Tokens = NonNullable<Config['tokens']>;

export interface UsersProps {
  readonly config: Pick<Config, 'mfa' | 'retainData'>;
}

/** The default issuer of access tokens: the stack's own Cognito user pool. */
export class Users extends Construct {
  readonly tokens: Tokens;
  private readonly pool: UserPool;
  /** Ids of the app clients, in the order in which they were added. */
  private readonly clients: string[] = [];

  constructor(scope: Construct, id: string, { config }: UsersProps) {
    super(scope, id);
    const pool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: { off: Mfa.OFF, optional: Mfa.OPTIONAL, required: Mfa.REQUIRED }[config.mfa],
      // No text messages: they can be intercepted, and cost money.
      mfaSecondFactor: { sms: false, otp: true },
      deletionProtection: config.retainData,
      removalPolicy: removalPolicyOf(config),
    });
    this.pool = pool;
    acknowledge(
      pool,
      'AwsSolutions-COG8',
      'Threat protection is priced by user (Plus plan). Passwords are long, and sign-in needs no password on the wire.',
    );
    if (config.mfa !== 'required')
      acknowledge(
        pool,
        'AwsSolutions-COG2',
        'The deployment chose whom to ask for a second factor (-c mfa).',
      );
    const client = pool.addClient('Client', {
      // With SRP the password never leaves the client. In development, `curl` can sign in as well.
      authFlows: { userSrp: true, userPassword: !config.retainData },
      preventUserExistenceErrors: true,
      // There are no hosted pages. CDK's default would allow the implicit flow with example.com as the redirect.
      disableOAuth: true,
    });
    this.clients.push(client.userPoolClientId);
    this.tokens = { issuer: pool.userPoolProviderUrl, audience: this.clients };

    new CfnOutput(scope, 'UserPoolId', {
      value: pool.userPoolId,
      description: 'The user pool of order owners.',
    });
    new CfnOutput(scope, 'UserPoolClientId', {
      value: client.userPoolClientId,
      description: 'The app client to sign in with.',
    });
  }
  /** The pages of Cognito where the users of a web page sign in. */
  hostedPages(): string {
    const { stackName, account } = Stack.of(this);
    return this.pool
      .addDomain('HostedPages', { cognitoDomain: { domainPrefix: `${stackName.toLowerCase()}-${account}` } })
      .baseUrl();
  }

  /**
   * A public client: a page signs its users in by authorization code with PKCE, and comes back to `url`.
   *
   * @param scopes - beside `openid`
   * @returns the id of the client
   */
  addPage(url: string, scopes: readonly string[]): string {
    const client = this.pool.addClient('Page', {
      generateSecret: false,
      authFlows: {},
      preventUserExistenceErrors: true,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, ...scopes.map((scope) => OAuthScope.custom(scope))],
        callbackUrls: [url],
        logoutUrls: [url],
      },
    });
    this.clients.push(client.userPoolClientId);
    return client.userPoolClientId;
  }
}
