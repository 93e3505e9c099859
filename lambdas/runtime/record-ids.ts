import type { DynamoDBRecord } from 'aws-lambda';

/** What a log line says about a record of the jobs table's stream: its place in the stream, and its job. */
export function idsOf({ dynamodb }: DynamoDBRecord) {
  const { jobId } = dynamodb?.Keys ?? {};
  return { sequenceNumber: dynamodb?.SequenceNumber, jobId: jobId?.S };
}
