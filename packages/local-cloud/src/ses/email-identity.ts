import { textLike } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { account, region } from '../wire/account.ts';

/**
 * An address or a domain that may send. It is verified at once.
 * @param declare Hears of every identity.
 */
export function emailIdentity(declare: (name: string) => void): ResourceKind {
  return {
    type: 'AWS::SES::EmailIdentity',
    honoured: ['EmailIdentity'],
    // Nothing leaves this machine: no DNS, no bounces.
    harmless: [
      ...['DkimAttributes.SigningEnabled', 'DkimSigningAttributes.DomainSigningPrivateKey'],
      ...['DkimSigningAttributes.DomainSigningSelector', 'DkimSigningAttributes.NextSigningKeyLength'],
      ...['FeedbackAttributes.EmailForwardingEnabled', 'MailFromAttributes.BehaviorOnMxFailure'],
      ...['MailFromAttributes.MailFromDomain', 'Tags'],
    ],
    create({ properties }) {
      const form = /^([^\s@]+@)?[\w-]+(\.[\w-]+)+$/;
      const name = textLike(properties, 'EmailIdentity', form, 'a domain, an e-mail address');
      declare(name);
      const dkim = [1, 2, 3].flatMap((index) => [
        [`DkimDNSTokenName${index}`, `local${index}._domainkey.${name}`],
        [`DkimDNSTokenValue${index}`, `local${index}.dkim.amazonses.com`],
      ]);
      const arn = `arn:aws:ses:${region}:${account}:identity/${name}`;
      return { ref: name, attributes: { EmailIdentityArn: arn, ...Object.fromEntries(dkim) } };
    },
  };
}
