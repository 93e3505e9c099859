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
    harmless: [
      'ConfigurationSetAttributes',
      'DkimAttributes',
      'DkimSigningAttributes',
      'FeedbackAttributes',
      'MailFromAttributes',
      'Tags',
    ],
    create({ properties: { EmailIdentity } }) {
      const name = String(EmailIdentity);
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
