import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type CfnStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { NodeFunction } from './node-function.ts';

/**
 * Lets X-Ray trace every function and execution that a scope has by now. A trace begins at the function that answers a
 * request, because HTTP and WebSocket APIs have no tracing. The AWS SDK passes its id to the execution that the function
 * starts, and Step Functions to the stages.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
 */
export function trace(scope: Construct): void {
  for (const construct of scope.node.findAll()) {
    if (construct instanceof NodeFunction) construct.trace();
    if (construct instanceof StateMachine) traceExecutions(construct);
  }
}

function traceExecutions(stateMachine: StateMachine): void {
  (stateMachine.node.defaultChild as CfnStateMachine).tracingConfiguration = { enabled: true };
  stateMachine.addToRolePolicy(
    new PolicyStatement({
      actions: [
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
      ],
      // These actions support no resource types.
      resources: ['*'],
    }),
  );
}
