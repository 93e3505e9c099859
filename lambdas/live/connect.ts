import { timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { isJobId } from '../../domain/job/job.ts';
import { createJobs } from '../adapters/jobs.ts';
import type { Jobs } from '../ports.ts';
import { environmentOf } from '../runtime/environment.ts';
import { logger } from '../runtime/telemetry.ts';

/** A handshake; its type comes without the query that API Gateway does send. */
type Handshake = APIGatewayProxyWebsocketEventV2 & {
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
};

/** Takes a connection when it names a job and holds its ticket; an unknown job looks the same as a wrong ticket. */
export function createConnect({ jobs }: { readonly jobs: Pick<Jobs, 'get'> }) {
  return async ({ queryStringParameters }: Handshake): Promise<APIGatewayProxyResultV2> => {
    const { jobId = '', ticket = '' } = queryStringParameters ?? {};
    const job = isJobId(jobId) ? await jobs.get(jobId) : undefined;
    const welcome = job !== undefined && isSame(job.ticket, ticket);
    logger.info('Handshake', { jobId: job?.jobId, welcome });
    return { statusCode: welcome ? 200 : 401 };
  };
}

/** Compares in constant time, so that the answer's time tells nothing about the ticket. */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export const handler = createConnect({ jobs: createJobs({ table: environmentOf('connect').JOBS_TABLE }) });
