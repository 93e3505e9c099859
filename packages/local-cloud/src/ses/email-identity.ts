import { account, type Cloud, type ResourceKind, region } from '../wire/cloud.ts';
import type { Ses } from './ses.ts';

const emailIdentity: ResourceKind = {
  type: 'AWS::SES::EmailIdentity',
  honoured: ['EmailIdentity'],
  harmless: [
    'ConfigurationSetAttributes',
    'DkimAttributes',
    'DkimSigningAttributes',
    'FeedbackAttributes',
    'MailFromAttributes',
    'Tags',
  ],
  create({ properties }, cloud) {
    const name = String(properties.EmailIdentity);
    sesOf(cloud).addIdentity(name);
    const attributes: Record<string, string> = {
      EmailIdentityArn: `arn:aws:ses:${region}:${account}:identity/${name}`,
    };
    for (const index of [1, 2, 3]) {
      attributes[`DkimDNSTokenName${index}`] = `local${index}._domainkey.${name}`;
      attributes[`DkimDNSTokenValue${index}`] = `local${index}.dkim.amazonses.com`;
    }
    return { ref: name, attributes };
  },
};

const configurationSet: ResourceKind = {
  type: 'AWS::SES::ConfigurationSet',
  honoured: ['Name'],
  harmless: [
    'DeliveryOptions',
    'ReputationOptions',
    'SendingOptions',
    'SuppressionOptions',
    'Tags',
    'TrackingOptions',
    'VdmOptions',
  ],
  create({ properties, logicalId }, cloud) {
    const name = String(properties.Name ?? logicalId);
    sesOf(cloud).addConfigurationSet(name);
    return { ref: name };
  },
};

/** SES: who may send, and the sets that messages name. Every identity is verified at once. */
export const sesKinds: readonly ResourceKind[] = [emailIdentity, configurationSet];

function sesOf(cloud: Cloud): Ses {
  const ses = cloud.services.get('ses');
  if (!ses) throw new Error('SES is not among the services of this cloud');
  return ses as Ses;
}
