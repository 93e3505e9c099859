import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createJobLogs } from '../../../../lambdas/adapters/job-logs.ts';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServiceStub,
  startAwsService,
} from '../../../support/aws-service.ts';
import { jobId, now } from '../../../support/builders.ts';

let cloudWatch: AwsServiceStub;
beforeAll(async () => {
  cloudWatch = await startAwsService();
});
afterAll(() => cloudWatch.stop());

const logsOf = (signal = new AbortController().signal) =>
  createJobLogs({ groups: ['accept', 'payment'], deadline: () => signal });
const event = (ms: number, message: string) => ({ timestamp: now.getTime() + ms, message });
const groupOf = ({ input }: AwsRequest) => (input as { readonly logGroupName: string }).logGroupName;

describe('the logs of a job', () => {
  it('are the lines of every group that name it, by time', async () => {
    cloudWatch.answer((request) => ({
      events:
        groupOf(request) === 'accept' ? [event(0, 'accepted\n'), event(9, 'again')] : [event(5, 'paid')],
    }));

    const { lines, isComplete } = await logsOf().read(jobId, now);

    expect(lines.map(({ message }) => message)).toEqual(['accepted', 'paid', 'again']);
    expect(lines[0]?.at).toBe(now.toISOString());
    expect(isComplete).toBe(true);
    expect(cloudWatch.requests.map(({ input }) => input)).toEqual(
      ['accept', 'payment'].map((logGroupName) => ({
        logGroupName,
        startTime: now.getTime(),
        filterPattern: `"${jobId}"`,
      })),
    );
  });

  it('are read page by page, also over pages without lines', async () => {
    cloudWatch.answer(({ input }) => {
      const { nextToken } = input as { readonly nextToken?: string };
      return nextToken ? { events: [event(1, 'late')] } : { events: [], nextToken: 'more' };
    });

    expect((await logsOf().read(jobId, now)).lines).toHaveLength(2);
  });

  it('are incomplete when the search takes too long, and hold what was found', async () => {
    const deadline = new AbortController();
    cloudWatch.answer((request) => {
      if (groupOf(request) === 'accept') return { events: [event(0, 'accepted')] };
      deadline.abort();
      return new Promise(() => {});
    });

    const { lines, isComplete } = await logsOf(deadline.signal).read(jobId, now);

    expect([lines.length, isComplete]).toEqual([1, false]);
  });

  it('are incomplete when there are too many', async () => {
    cloudWatch.answer(() => ({ events: Array.from({ length: 2_001 }, () => event(0, 'line')) }));

    const { lines, isComplete } = await logsOf().read(jobId, now);

    expect([lines.length, isComplete]).toEqual([2_000, false]);
  });

  it('fail with what CloudWatch says', async () => {
    cloudWatch.answer(() => new AwsRefusal('InvalidParameterException'));

    await expect(logsOf().read(jobId, now)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
