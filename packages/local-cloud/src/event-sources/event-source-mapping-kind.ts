import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { flag } from '../cloudformation/property.ts';
import type { ResourceKind } from '../cloudformation/resource-kind.ts';
import { authorizeMapping, isStreamArn, type MappingPorts, mappingSettings } from './event-source-mapping.ts';
import { pollQueue } from './queue-poller.ts';
import { openCheckpoints, type StreamCheckpoints } from './stream-checkpoints.ts';
import { pollStream } from './stream-poller.ts';

/**
 * Feeds a function from a table's stream or from a queue.
 * @param data Keeps places in streams in `<data>/checkpoints.db`.
 */
export function eventSourceMapping(ports: MappingPorts, data?: string): ResourceKind {
  const pairs = new Set<string>();
  // All mappings share one database, because only one connection may use it.
  let checkpoints: StreamCheckpoints | undefined;
  let users = 0;
  const open = () => {
    if (data !== undefined) mkdirSync(data, { recursive: true });
    checkpoints ??= openCheckpoints(data && join(data, 'checkpoints.db'));
    users += 1;
    return checkpoints;
  };
  const close = () => {
    users -= 1;
    if (users > 0) return;
    checkpoints?.close();
    checkpoints = undefined;
  };
  return {
    type: 'AWS::Lambda::EventSourceMapping',
    honoured:
      `BatchSize BisectBatchOnFunctionError DestinationConfig.OnFailure.Destination Enabled EventSourceArn
      FilterCriteria.Filters.Pattern FunctionName FunctionResponseTypes MaximumBatchingWindowInSeconds
      MaximumRecordAgeInSeconds MaximumRetryAttempts ParallelizationFactor ScalingConfig.MaximumConcurrency
      StartingPosition`.split(/\s+/),
    harmless: ['KmsKeyArn', 'MetricsConfig.Metrics', 'Tags'],
    create(resource) {
      const settings = mappingSettings(resource);
      const { sourceArn, functionArn } = settings;
      const isEnabled = flag(resource.properties, 'Enabled', true);
      const pair = `${sourceArn} ${functionArn}`;
      if (pairs.has(pair)) throw new Error(`there is a mapping from ${sourceArn} to this function already`);
      pairs.add(pair);
      let end = () => {};
      return {
        ref: resource.logicalId,
        attributes: { Id: resource.logicalId },
        async start() {
          authorizeMapping(settings, ports);
          if (!isEnabled) return;
          if (!isStreamArn(sourceArn)) {
            end = pollQueue(settings, ports);
            return;
          }
          const polling = pollStream(settings, ports, open());
          end = () => {
            polling.stop();
            close();
          };
          await polling.placed;
        },
        stop: () => end(),
      };
    },
  };
}
