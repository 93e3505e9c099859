import { account, type ResourceKind, region } from '../cloud.ts';
import { configureAsync } from '../lambda/async-invocation.ts';

/** How events for a function are retried, and where those go that are given up. */
export const eventInvokeConfig: ResourceKind = {
  type: 'AWS::Lambda::EventInvokeConfig',
  honoured: [
    'DestinationConfig.OnFailure.Destination',
    'FunctionName',
    'MaximumEventAgeInSeconds',
    'MaximumRetryAttempts',
  ],
  // There is one version of everything here.
  harmless: ['Qualifier'],
  create({ properties, logicalId }, cloud) {
    const {
      FunctionName: name,
      MaximumEventAgeInSeconds,
      MaximumRetryAttempts,
      DestinationConfig,
    } = properties;
    const onFailureArn: string | undefined = DestinationConfig?.OnFailure?.Destination;
    if (onFailureArn !== undefined && !onFailureArn.startsWith('arn:aws:sqs:')) {
      throw new Error(`DestinationConfig.OnFailure is ${onFailureArn}; the local cloud knows queues`);
    }
    const arn = String(name).startsWith('arn:')
      ? name
      : `arn:aws:lambda:${region}:${account}:function:${name}`;
    configureAsync(cloud, arn, {
      onFailureArn,
      ...(MaximumRetryAttempts !== undefined && { maxRetries: Number(MaximumRetryAttempts) }),
      ...(MaximumEventAgeInSeconds !== undefined && { maxAgeMs: Number(MaximumEventAgeInSeconds) * 1000 }),
    });
    return { ref: logicalId };
  },
};
