import { createHash } from 'node:crypto';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';

/**
 * The Cognito types give identifiers only: the issuer of this machine signs for any pool that an authorizer names,
 * so settings of sign-in and passwords have no effect.
 */
export const userPoolKinds: readonly ResourceKind[] = [
  {
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
      const ProviderName = `cognito-idp.${region}.amazonaws.com/${id}`;
      const Arn = `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`;
      const attributes = { Arn, ProviderName, ProviderURL: `https://${ProviderName}`, UserPoolId: id };
      return { ref: id, attributes };
    },
  },
  {
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
  },
];

/** Depends on the logical id alone, so that tokens outlive a restart. */
function digest(logicalId: string): string {
  return createHash('sha256').update(logicalId).digest('hex');
}
