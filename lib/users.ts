import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

/** Issuer and audience of the access tokens that the API accepts. */
export type Tokens = NonNullable<Config['tokens']>;

export interface UsersProps {
  /** Whether the user pool outlives the stack. */
  readonly retain: boolean;
}

/** The default issuer of access tokens: the stack's own Cognito user pool. */
export class Users extends Construct {
  readonly tokens: Tokens;

  constructor(scope: Construct, id: string, { retain }: UsersProps) {
    super(scope, id);
    const pool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const client = pool.addClient('Client', {
      authFlows: { userSrp: true, userPassword: true },
      // There are no hosted pages. CDK's default would allow the implicit flow with example.com as the redirect.
      disableOAuth: true,
    });
    this.tokens = { issuer: pool.userPoolProviderUrl, audience: [client.userPoolClientId] };

    new CfnOutput(scope, 'UserPoolId', {
      value: pool.userPoolId,
      description: 'The user pool of order owners.',
    });
    new CfnOutput(scope, 'UserPoolClientId', {
      value: client.userPoolClientId,
      description: 'The app client to sign in with.',
    });
  }
}
