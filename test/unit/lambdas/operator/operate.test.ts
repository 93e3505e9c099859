import { describe, expect, it } from '@jest/globals';
import { NotFound } from '../../../../domain/protocol/errors.ts';
import { createOperate, type OperatorActions } from '../../../../lambdas/operator/operate.ts';
import { withRequestId } from '../../../../lambdas/runtime/with-request-id.ts';
import { jobId } from '../../../support/builders.ts';
import { logsOf } from '../../../support/logs.ts';

const claimedCaller = 'arn:aws:sts::000000000000:assumed-role/oncall/grace';
const context = { awsRequestId: 'request-1' };

function setUp(actions: Partial<OperatorActions>) {
  const operate = withRequestId(createOperate(actions as OperatorActions));
  return (request: object, caller = claimedCaller) => operate({ claimedCaller: caller, request }, context);
}

describe('the operator function', () => {
  it('answers with the result of the action', async () => {
    const operate = setUp({
      cancel: async ({ jobIds }) => ({ results: jobIds.map((id) => ({ jobId: id })) }),
    });

    expect(await operate({ action: 'cancel', jobIds: [jobId] })).toEqual({
      result: { results: [{ jobId }] },
    });
  });

  it('answers a refusal with its code and its sentence', async () => {
    const operate = setUp({
      async show() {
        throw new NotFound('There is no such job.');
      },
    });

    expect(await operate({ action: 'show', jobId })).toEqual({
      refusal: { code: 'not_found', message: 'There is no such job.' },
    });
  });

  it('fails with anything else', async () => {
    const operate = setUp({
      async show() {
        throw new Error('DynamoDB is down.');
      },
    });

    await expect(operate({ action: 'show', jobId })).rejects.toThrow('DynamoDB is down.');
  });

  it.each([
    ['an unknown action', { action: 'explode' }],
    ['what is no job id', { action: 'show', jobId: '../1' }],
    ['no job', { action: 'cancel', jobIds: [] }],
    ['too many jobs', { action: 'cancel', jobIds: Array.from({ length: 26 }, () => jobId) }],
    ['an unknown member', { action: 'show', jobId, force: true }],
    ['an unknown queue', { action: 'show-dead-letters', queue: 'payments' }],
  ])('refuses %s', async (_, request) => {
    expect(await setUp({})(request)).toMatchObject({ refusal: { code: 'invalid_request' } });
  });

  it('refuses a caller that does not say who it is', async () => {
    expect(await setUp({})({ action: 'show', jobId }, 'grace')).toMatchObject({
      refusal: { code: 'invalid_request', message: expect.stringContaining('claimedCaller') },
    });
  });

  it('logs every request with who claims to make it, and with the request id of CloudTrail', async () => {
    const operate = setUp({ cancel: async () => ({ results: [] }) });

    const [line = ''] = (await logsOf(() => operate({ action: 'cancel', jobIds: [jobId] }))).split('\n');

    expect(JSON.parse(line)).toMatchObject({
      message: 'Operator request',
      claimedCaller,
      requestId: 'request-1',
      action: 'cancel',
      jobIds: [jobId],
    });
  });

  it('logs no personal data that is searched or erased', async () => {
    const operate = setUp({
      list: async () => ({ jobs: [] }),
      erase: async () => ({ erased: [], kept: [] }),
    });

    const logs = await logsOf(async () => {
      await operate({ action: 'list', filter: { email: 'ada@example.com', status: 'failed' } });
      await operate({ action: 'list', filter: { reference: 'secret-7' } });
      await operate({ action: 'erase', email: 'ada@example.com', dryRun: false });
    });

    expect(logs).toContain('"filter":["status","email"]');
    expect(logs).not.toMatch(/ada@example|secret-7/);
  });
});
