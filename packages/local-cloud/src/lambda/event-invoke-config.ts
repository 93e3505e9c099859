import type { ResourceKind } from '../wire/cloud.ts';
import { configureAsync } from './async-invocation.ts';
import { functionArn } from './functions.ts';

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
    const arn = functionArn(String(name));
    configureAsync(cloud, arn, {
      onFailureArn,
      ...(MaximumRetryAttempts !== undefined && { maxRetries: Number(MaximumRetryAttempts) }),
      ...(MaximumEventAgeInSeconds !== undefined && { maxAgeMs: Number(MaximumEventAgeInSeconds) * 1000 }),
    });
    return {
      ref: logicalId,
      // The function may be declared after it.
      start() {
        const role = cloud.functions.find(arn)?.role;
        if (role === undefined) throw new Error(`FunctionName is ${name}; there is no such function`);
        if (onFailureArn !== undefined) cloud.access.authorize(role, 'sqs:SendMessage', onFailureArn);
      },
    };
  },
};
