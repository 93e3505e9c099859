import { createHash } from 'node:crypto';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';

/**
 * Cognito's types give identifiers only. The issuer of this machine signs for any pool that an authorizer names
 * (issuer.ts), so settings of sign-in and passwords have no effect.
 */
const userPool: ResourceKind = {
  type: 'AWS::Cognito::UserPool',
  honoured: [],
  // Everything but LambdaConfig: its triggers would never run.
  harmless:
    `AccountRecoverySetting AdminCreateUserConfig AliasAttributes AutoVerifiedAttributes DeletionProtection
    DeviceConfiguration EmailConfiguration EmailVerificationMessage EmailVerificationSubject EnabledMfas
    MfaConfiguration Policies Schema SmsAuthenticationMessage SmsConfiguration SmsVerificationMessage
    UserAttributeUpdateSettings UserPoolAddOns UserPoolName UserPoolTags UserPoolTier UsernameAttributes
    UsernameConfiguration VerificationMessageTemplate WebAuthnRelyingPartyID WebAuthnUserVerification`.split(
      /\s+/,
    ),
  create({ logicalId }) {
    const id = `${region}_${digest(logicalId).slice(0, 9)}`;
    const provider = `cognito-idp.${region}.amazonaws.com/${id}`;
    return {
      ref: id,
      attributes: {
        Arn: `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`,
        ProviderName: provider,
        ProviderURL: `https://${provider}`,
        UserPoolId: id,
      },
    };
  },
};

const userPoolClient: ResourceKind = {
  type: 'AWS::Cognito::UserPoolClient',
  honoured: ['ClientName'],
  harmless: `AccessTokenValidity AllowedOAuthFlows AllowedOAuthFlowsUserPoolClient AllowedOAuthScopes
    AnalyticsConfiguration AuthSessionValidity CallbackURLs DefaultRedirectURI
    EnablePropagateAdditionalUserContextData EnableTokenRevocation ExplicitAuthFlows GenerateSecret IdTokenValidity
    LogoutURLs PreventUserExistenceErrors ReadAttributes RefreshTokenRotation RefreshTokenValidity
    SupportedIdentityProviders TokenValidityUnits UserPoolId WriteAttributes`.split(/\s+/),
  create({ logicalId, properties: { ClientName: Name = logicalId } }) {
    const id = digest(logicalId).slice(0, 26);
    return { ref: id, attributes: { ClientId: id, Name } };
  },
};

/** The Cognito types. */
export const userPoolKinds: readonly ResourceKind[] = [userPool, userPoolClient];

/** Depends on the logical id alone, so that tokens outlive a restart. */
function digest(logicalId: string): string {
  return createHash('sha256').update(logicalId).digest('hex');
}
