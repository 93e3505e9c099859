import { createHash } from 'node:crypto';
import { account, type ResourceKind, region } from '../wire/cloud.ts';

/**
 * Cognito's types give identifiers only: the issuer of this machine signs for whatever pool an authorizer names
 * (see issuer.ts), so how users sign in, how passwords look and so on is of no concern.
 */
const userPool: ResourceKind = {
  type: 'AWS::Cognito::UserPool',
  honoured: [],
  harmless: ['*'],
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
  honoured: [],
  harmless: ['*'],
  create({ logicalId, properties }) {
    const id = digest(logicalId).slice(0, 26);
    return { ref: id, attributes: { ClientId: id, Name: properties.ClientName ?? logicalId } };
  },
};

const userPoolDomain: ResourceKind = {
  type: 'AWS::Cognito::UserPoolDomain',
  honoured: [],
  harmless: ['*'],
  create: ({ properties }) => ({
    ref: properties.Domain,
    attributes: { CloudFrontDistribution: 'local.invalid' },
  }),
};

const resourceServer: ResourceKind = {
  type: 'AWS::Cognito::UserPoolResourceServer',
  honoured: [],
  harmless: ['*'],
  create: ({ properties }) => ({ ref: properties.Identifier }),
};

/** The Cognito types. */
export const userPoolKinds: readonly ResourceKind[] = [
  userPool,
  userPoolClient,
  userPoolDomain,
  resourceServer,
];

/** From the logical id alone, so that tokens outlive a restart. */
function digest(logicalId: string): string {
  return createHash('sha256').update(logicalId).digest('hex');
}
