import type { DynamoDBRecord } from 'aws-lambda';
import type { DeadLetters } from '../ports/dead-letters.ts';
import { idsOf } from './record-ids.ts';
import { logger } from './telemetry.ts';

/**
 * Sends a record of a stream to the dead letters, whole: a mapping's own on-failure destination would get only its place in
 * the stream, which forgets it after 24 hours.
 *
 * @returns false if the dead letters did not take it
 */
export async function setAside(record: DynamoDBRecord, deadLetters: DeadLetters): Promise<boolean> {
  const ids = idsOf(record);
  try {
    await deadLetters.send(record);
    logger.error('A record was set aside', ids);
    return true;
  } catch (error) {
    logger.error('Failed to set a record aside', { ...ids, error: error as Error });
    return false;
  }
}
