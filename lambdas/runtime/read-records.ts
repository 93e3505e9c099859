import type { DynamoDBRecord } from 'aws-lambda';
import type { DeadLetters } from '../ports/dead-letters.ts';
import { setAside } from './set-aside.ts';
import { logger } from './telemetry.ts';

/** The records of a batch, read. */
export interface ReadRecords<T> {
  /** In the order of the stream. They end before the record that failed, if any. */
  readonly values: readonly T[];
  /** The record that could be neither read nor set aside, for the stream to redeliver. */
  readonly failed?: DynamoDBRecord;
}

/**
 * Reads the records of a stream. One that cannot be read is set aside in the dead letters at once: a retry would not help,
 * and the records behind it would wait for it.
 *
 * @param read - throws when a record cannot be read
 */
export function createReadRecords<T>(read: (record: DynamoDBRecord) => T, deadLetters: DeadLetters) {
  return async (records: readonly DynamoDBRecord[]): Promise<ReadRecords<T>> => {
    const values: T[] = [];
    for (const record of records) {
      try {
        values.push(read(record));
      } catch (error) {
        const sequenceNumber = record.dynamodb?.SequenceNumber;
        logger.error('Failed to read a record', { sequenceNumber, error: error as Error });
        if (!(await setAside(record, deadLetters))) return { values, failed: record };
      }
    }
    return { values };
  };
}
