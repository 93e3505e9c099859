import { timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { isJobId } from '../../domain/job/job.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Jobs } from '../ports/jobs.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

/** A handshake. The event's type lacks the query, which API Gateway does send. */
type Handshake = APIGatewayProxyWebsocketEventV2 & {
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
};

/** Accepts a connection that has the ticket of a job. An unknown job is refused in the same way as a wrong ticket. */
export function createConnect({ jobs }: { readonly jobs: Pick<Jobs, 'get'> }) {
  return async ({ queryStringParameters }: Handshake): Promise<APIGatewayProxyResultV2> => {
    const { jobId: given = '', ticket = '' } = queryStringParameters ?? {};
    const jobId = given.toLowerCase();
    const job = isJobId(jobId) ? await jobs.get(jobId) : undefined;
    const accepted = job !== undefined && isSame(job.ticket, ticket);
    logger.info('Handshake', { jobId: job?.jobId, accepted });
    return { statusCode: accepted ? 200 : 401 };
  };
}

/** Compares in constant time, so that the response time reveals nothing about the ticket. */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export const handler = createConnect({
  jobs: createJobs({ table: environmentOf('live/connect').JOBS_TABLE }),
});
