import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Config } from './config.ts';
import { queueDefaults } from './queue-defaults.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** A queue of what could not be processed. An operator reads it. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, config: Pick<Config, 'retainData'>) {
    super(scope, id, { ...queueDefaults, removalPolicy: removalPolicyOf(config) });
    for (const rule of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'])
      acknowledge(this, rule, 'It holds dead letters itself.');
  }
}
