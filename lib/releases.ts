import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IFunction, type IVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { NodeFunction } from './node-function.ts';

/** The alias that clients reach. */
const aliasName = 'live';

/**
 * Releases new code of a function gradually: a tenth of the invocations for five minutes, then all. If one of them fails,
 * CodeDeploy leads all back to the former version and CloudFormation rolls the deployment back.
 */
export class Releases extends Construct {
  private readonly application: LambdaApplication;
  private readonly role: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.application = new LambdaApplication(this, 'Application');
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited'),
      ],
    });
    acknowledge(
      this.role,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'AWS keeps this policy for CodeDeploy. It moves aliases and reads alarms, and cannot change a function.',
    );
  }

  /** @returns the alias to invoke, whose versions are released gradually */
  gradually({ function: target, node }: NodeFunction): IFunction {
    const scope = new Construct(this, node.id);
    const alias = new Alias(scope, 'Alias', { aliasName, version: target.currentVersion as IVersion });
    const errors = new Alarm(scope, 'Errors', {
      alarmDescription: `The released version of ${node.path} fails. A deployment in progress is rolled back.`,
      metric: alias.metricErrors({ period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    new LambdaDeploymentGroup(scope, 'DeploymentGroup', {
      application: this.application,
      role: this.role.withoutPolicyUpdates(),
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [errors],
    });
    return alias as IFunction;
  }
}
