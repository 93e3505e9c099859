import type { DynamoDBRecord } from 'aws-lambda';
import type { DeadLetters } from '../ports/dead-letters.ts';
import { logger } from './telemetry.ts';

/**
 * Sends a record of a stream to the dead letters, whole: a mapping's own on-failure destination would get only its place in
 * the stream, which forgets it after 24 hours.
 *
 * @returns false if the dead letters did not take it
 */
export async function setAside(record: DynamoDBRecord, deadLetters: DeadLetters): Promise<boolean> {
  const sequenceNumber = record.dynamodb?.SequenceNumber;
  try {
    await deadLetters.send(record);
    logger.error('A record was set aside', { sequenceNumber });
    return true;
  } catch (error) {
    logger.error('Failed to set a record aside', { sequenceNumber, error: error as Error });
    return false;
  }
}
