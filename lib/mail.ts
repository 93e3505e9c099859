import { CfnOutput, Stack } from 'aws-cdk-lib';
import {
  CloudWatchDimensionSource,
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
  MailFromBehaviorOnMxFailure,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { Config } from './config.ts';
import type { Permission } from './node-function.ts';

export interface MailProps {
  readonly config: Pick<Config, 'sender' | 'senderIdentity'>;
}

/** The identity that confirmations are sent from. */
export class Mail extends Construct {
  /** The variables with which a function sends mail. */
  readonly environment: { readonly MAIL_SENDER: string };
  /** The permissions with which a function sends mail. */
  readonly permissions: readonly Permission[];

  constructor(scope: Construct, id: string, { config: { sender, senderIdentity } }: MailProps) {
    super(scope, id);
    if (senderIdentity === 'address') new EmailIdentity(this, 'Sender', { identity: Identity.email(sender) });
    if (senderIdentity === 'domain') this.verifyDomain(sender.slice(sender.indexOf('@') + 1));
    // In SES's sandbox, sending also requires permission on the recipient's identity (aws/aws-sdk-js#3641). An identity may
    // have a default configuration set, on which sending requires permission too.
    const anyOf = (resource: string) =>
      Stack.of(this).formatArn({ service: 'ses', resource, resourceName: '*' });
    this.environment = { MAIL_SENDER: sender };
    this.permissions = [
      {
        actions: ['ses:SendEmail'],
        resources: [anyOf('identity'), ...(senderIdentity === 'address' ? [] : [anyOf('configuration-set')])],
        conditions: { StringEquals: { 'ses:FromAddress': sender } },
        wildcards: 'Any recipient, and any configuration of the sender, but no other sender.',
      },
    ];
  }

  /**
   * A domain with DKIM and a MAIL FROM domain, so that DMARC passes. An address that bounces or complains gets no more mail,
   * and both are counted.
   */
  private verifyDomain(domain: string): void {
    const configurationSet = new ConfigurationSet(this, 'ConfigurationSet', {
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      reputationMetrics: true,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    });
    configurationSet.addEventDestination('Counts', {
      destination: EventDestination.cloudWatchDimensions([
        {
          source: CloudWatchDimensionSource.MESSAGE_TAG,
          name: 'ses:configuration-set',
          defaultValue: 'none',
        },
      ]),
      events: [EmailSendingEvent.BOUNCE, EmailSendingEvent.COMPLAINT, EmailSendingEvent.REJECT],
    });
    const mailFrom = `mail.${domain}`;
    const identity = new EmailIdentity(this, 'Domain', {
      identity: Identity.domain(domain),
      configurationSet,
      mailFromDomain: mailFrom,
      // Without its MX record, mail would be sent from a domain of Amazon's, for which SPF does not align.
      mailFromBehaviorOnMxFailure: MailFromBehaviorOnMxFailure.REJECT_MESSAGE,
    });
    const { region } = Stack.of(this);
    const records = [
      ...identity.dkimRecords.map(({ name, value }) => `${name} CNAME ${value}`),
      `${mailFrom} MX 10 feedback-smtp.${region}.amazonses.com`,
      `${mailFrom} TXT "v=spf1 include:amazonses.com ~all"`,
      `_dmarc.${domain} TXT "v=DMARC1; p=quarantine"`,
    ];
    for (const [index, value] of records.entries())
      new CfnOutput(Stack.of(this), `MailRecord${index + 1}`, {
        value,
        description: 'A record for your DNS.',
      });
  }
}
