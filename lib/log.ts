import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface LogProps {
  readonly config: Pick<Config, 'logRetentionDays' | 'retainData'>;
  /** @default a name that CloudFormation makes */
  readonly logGroupName?: string;
}

/** A log group with the retention of the deployment. */
export class Log extends LogGroup {
  constructor(scope: Construct, id: string, { config, ...props }: LogProps) {
    super(scope, id, {
      ...props,
      retention: config.logRetentionDays,
      removalPolicy: removalPolicyOf(config),
    });
  }
}
