import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IFunction, type IVersion } from 'aws-cdk-lib/aws-lambda';
import {
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  type StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { NodeFunction } from './node-function.ts';

/** The alias that clients reach, and that executions start through. */
const aliasName = 'live';

/**
 * Releases new code of a function and new definitions of a state machine gradually: a tenth of the invocations and
 * executions for five minutes, then all. If one of them fails, all are led back to the former version and CloudFormation
 * rolls the deployment back.
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
    const errors = failures(scope, node.path, alias.metricErrors({ period: Duration.minutes(1) }));
    new LambdaDeploymentGroup(scope, 'DeploymentGroup', {
      application: this.application,
      role: this.role.withoutPolicyUpdates(),
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [errors],
    });
    return alias as IFunction;
  }

  /**
   * Publishes a version of every definition. A version stays when the next one replaces it, and when its deployment is
   * rolled back: executions that it started may run or be redriven. DeleteStateMachine deletes all versions.
   *
   * @returns ARN of the alias to start executions through
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-cd-aliasing-versioning.html
   */
  startedGradually(stateMachine: StateMachine): string {
    const scope = new Construct(this, stateMachine.node.id);
    const version = new CfnStateMachineVersion(scope, 'Version', {
      stateMachineArn: stateMachine.stateMachineArn,
      // Another revision makes another version.
      stateMachineRevisionId: stateMachine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    // CloudWatch counts the executions of all versions, also those that operators redrive in these minutes.
    const failed = stateMachine.metricFailed({ period: Duration.minutes(1) });
    return new CfnStateMachineAlias(scope, 'Alias', {
      name: aliasName,
      deploymentPreference: {
        stateMachineVersionArn: version.attrArn,
        type: 'CANARY',
        percentage: 10,
        // Minutes.
        interval: 5,
        alarms: [failures(scope, stateMachine.node.path, failed).alarmName],
      },
    }).attrArn;
  }
}

/** Rings for each minute with a failure. */
const failures = (scope: Construct, of: string, metric: Metric): Alarm =>
  new Alarm(scope, 'Errors', {
    alarmDescription: `The released version of ${of} fails. A deployment in progress is rolled back.`,
    metric,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
