import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceKind } from '../wire/cloud.ts';
import { authorizeMapping, isStreamArn, mappingSettings } from './event-source-mapping.ts';
import { pollQueue } from './queue-poller.ts';
import { StreamCheckpoints } from './stream-checkpoints.ts';
import { pollStream } from './stream-poller.ts';

/** Feeds a function from a table's stream or from a queue. Places in streams are kept in `<data>/checkpoints.db`. */
export const eventSourceMapping: ResourceKind = {
  type: 'AWS::Lambda::EventSourceMapping',
  honoured: [
    'BatchSize',
    'BisectBatchOnFunctionError',
    'DestinationConfig.OnFailure.Destination',
    'Enabled',
    'EventSourceArn',
    'FilterCriteria.Filters.Pattern',
    'FunctionName',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'MaximumRecordAgeInSeconds',
    'MaximumRetryAttempts',
    'ParallelizationFactor',
    'ScalingConfig.MaximumConcurrency',
    'StartingPosition',
  ],
  harmless: ['KmsKeyArn', 'MetricsConfig', 'Tags'],
  create(resource, cloud) {
    const settings = mappingSettings(resource);
    const { data } = cloud.options;
    let end = () => {};
    return {
      ref: resource.logicalId,
      attributes: { Id: resource.logicalId },
      async start() {
        if (resource.properties.Enabled === false) return;
        authorizeMapping(settings, cloud);
        if (!isStreamArn(settings.sourceArn)) {
          end = pollQueue(settings, cloud);
          return;
        }
        if (data !== undefined) mkdirSync(data, { recursive: true });
        const checkpoints = new StreamCheckpoints(
          data === undefined ? undefined : join(data, 'checkpoints.db'),
        );
        const polling = pollStream(settings, cloud, checkpoints);
        end = () => {
          polling.stop();
          checkpoints.close();
        };
        await polling.placed;
      },
      stop: () => end(),
    };
  },
};
