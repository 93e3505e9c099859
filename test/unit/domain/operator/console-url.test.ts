import { expect, it } from '@jest/globals';
import { executionUrlOf } from '../../../../domain/operator/console-url.ts';

it.each([
  ['aws', 'eu-west-1', 'eu-west-1.console.aws.amazon.com'],
  ['aws-cn', 'cn-north-1', 'cn-north-1.console.amazonaws.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
])('an execution in the partition %s is shown by its console', (partition, region, host) => {
  const arn = `arn:${partition}:states:${region}:000000000000:execution:orders:one`;

  expect(executionUrlOf(arn)).toBe(
    `https://${host}/states/home?region=${region}#/v2/executions/details/${arn}`,
  );
});
