import { Stack } from 'aws-cdk-lib';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { Permission } from './node-function.ts';

export interface MailProps {
  /** Address that confirmations are sent from. */
  readonly sender: string;
}

/** The address that confirmations are sent from. SES asks its owner to confirm it. */
export class Mail extends Construct {
  /** The variables with which a function sends mail. */
  readonly environment: { readonly MAIL_SENDER: string };
  /** The permissions with which a function sends mail. */
  readonly permissions: readonly Permission[];

  constructor(scope: Construct, id: string, { sender }: MailProps) {
    super(scope, id);
    new EmailIdentity(this, 'Sender', { identity: Identity.email(sender) });
    this.environment = { MAIL_SENDER: sender };
    this.permissions = [
      {
        actions: ['ses:SendEmail'],
        // In SES's sandbox, sending also requires permission on the recipient's identity (aws/aws-sdk-js#3641).
        resources: [Stack.of(this).formatArn({ service: 'ses', resource: 'identity', resourceName: '*' })],
        conditions: { StringEquals: { 'ses:FromAddress': sender } },
      },
    ];
  }
}
