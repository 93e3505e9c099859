import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Problem } from '../../domain/protocol/protocol.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { needing } from './support/needing.ts';
import { anOwner, apiUrl, local, ordersApi } from './support/orders-api.ts';
import { connect, subscription } from './support/watcher.ts';

const onItsOwnCloud = needing('a local cloud of its own');

type Api = Awaited<ReturnType<typeof anOwner>>;

/** Slow enough to be waited for. */
const slow = { payment: { token: 'tok_slow' } };

/** A job whose payment takes three seconds, and its ETag. */
async function payingJob(api: Api) {
  const { jobId } = (await api.submit(slow)).body;
  await api.until(jobId, ({ stage }) => stage === 'payment');
  const etag = (await api.status(jobId)).headers.get('etag') ?? '';
  return { jobId, known: { 'if-none-match': etag } };
}

describe('an id in capitals', () => {
  it('is the same id on every route', async () => {
    const api = await anOwner();
    const { jobId } = (await api.submit()).body;
    const { result } = await api.ending(jobId);
    const orderId = result?.orderId ?? '';
    const capitals = jobId.toUpperCase();

    expect((await api.status(capitals)).body.jobId).toBe(jobId);
    expect((await api.order(`${apiUrl}/orders/${orderId.toUpperCase()}`)).body.orderId).toBe(orderId);
    expect((await api.jobs(`?cursor=${capitals}`)).status).toBe(200);
    expect((await api.ask(capitals, 'cancel')).status).toBe(409);
    expect((await api.ask(capitals, 'redrive')).status).toBe(409);
  });

  it('is the same id on the socket', async () => {
    const api = await anOwner();
    const { jobId, updatesUrl } = (await api.submit()).body;
    const capitals = updatesUrl.replace(jobId, jobId.toUpperCase());

    const watcher = await connect(capitals);
    watcher.send(subscription(capitals));

    expect(await watcher.message(({ type }) => type === 'complete')).toMatchObject({ jobId });
    await watcher.close();
  });
});

describe('a client that prefers to wait', () => {
  it('is answered at the next visible change', async () => {
    const api = await anOwner();
    const { jobId, known } = await payingJob(api);

    const answer = await api.status(jobId, { ...known, prefer: 'wait=20' });

    expect(answer.status).toBe(200);
    expect(answer.body.stage).not.toBe('payment');
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
    expect(answer.headers.get('etag')).not.toBe(known['if-none-match']);
  });

  it('is answered 304 when nothing changes in that time', async () => {
    const api = await anOwner();
    let { jobId, known } = await payingJob(api);

    let answer = await api.status(jobId, { ...known, prefer: 'wait=1' });
    // On a busy machine the payment may end within that time, or the estimate pass: then another order has to show it.
    while (answer.status === 200) {
      ({ jobId, known } = await payingJob(api));
      answer = await api.status(jobId, { ...known, prefer: 'wait=1' });
    }

    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([304, 'wait=1']);
    expect((await api.ending(jobId)).status).toBe('completed');
  });

  it('is answered at once when the job has ended', async () => {
    const api = await anOwner();
    const { jobId } = (await api.submit()).body;
    await api.ending(jobId);

    const answer = await api.status(jobId, { prefer: 'wait=20' });

    expect(answer.body.status).toBe('completed');
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
  });

  it('is ignored when it says so in other words than the RFC', async () => {
    const api = await anOwner();
    const { jobId } = await payingJob(api);

    const answer = await api.status(jobId, { prefer: 'wait=soon' });

    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, null]);
  });
});

describe('a page of another origin', () => {
  const preflight = (path: string, method: string) =>
    fetch(`${apiUrl}${path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': method },
    });

  it.each(['/orders', '/nowhere'])('gets leave for hours, from the gateway alone, for %s', async (path) => {
    const { status, headers } = await preflight(path, 'POST');

    expect(status).toBe(204);
    expect(headers.get('x-request-id')).toBeNull();
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(3_600);
    const allowed = headers.get('access-control-allow-headers')?.split(',');
    expect(allowed).toEqual(expect.arrayContaining(['prefer', 'traceparent', 'tracestate']));
  });

  it('may read what a client needs', async () => {
    const answer = await fetch(`${apiUrl}/nowhere`, { headers: { origin: 'https://shop.example' } });

    expect(answer.headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining(['etag', 'location', 'retry-after', 'preference-applied', 'x-request-id']),
    );
  });
});

onItsOwnCloud('a deployment behind a public base, with scopes of its own issuer', () => {
  const base = 'https://api.shop.example/v1';
  const liveBase = 'wss://live.shop.example/v1';
  const context = {
    publicUrl: base,
    publicLiveUrl: liveBase,
    issuer: 'https://issuer.shop.example/',
    audience: 'orders',
    scopes: 'orders/all',
    'scopes.order': 'orders/read,orders/all',
  };
  let cloud: LocalCloud;
  let at: string;

  beforeAll(async () => {
    const pairs = Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
    cloud = await startLocalCloud(...pairs);
    at = new URL(cloud.api).origin;
  });

  afterAll(() => cloud.stop());

  const owner = () => ordersApi(undefined, at);
  const inject = (fault: object) => local('faults', { method: 'POST', body: JSON.stringify(fault) }, at);

  it('gives URLs below its base: when it accepts, in documents, on the socket, in its description', async () => {
    const api = await owner();

    const { headers, body } = await api.submit();

    const { jobId, statusUrl, updatesUrl } = body;
    expect(statusUrl).toBe(`${base}/orders/status/${jobId}`);
    expect(headers.get('location')).toBe(statusUrl);
    expect(updatesUrl).toMatch(new RegExp(`^${liveBase}\\?jobId=${jobId}&ticket=`));
    const { result, ...job } = await api.ending(jobId);
    expect(result?.orderUrl).toBe(`${base}/orders/${result?.orderId}`);
    expect(job.updatesUrl).toBe(updatesUrl);
    expect((await api.jobs()).body.items).toEqual([{ ...job, result }]);

    const watcher = await connect(updatesUrl.replace(liveBase, cloud.live));
    watcher.send(subscription(updatesUrl));
    expect(await watcher.message(({ type }) => type === 'complete')).toMatchObject({ job: { result } });
    await watcher.close();

    expect((await api.call('/api/openapi.json')).body).toMatchObject({ servers: [{ url: base }] });
  });

  it('refuses a token without its scope', async () => {
    const token = (await local<{ token: string }>('token?scope=orders/read', undefined, at)).token;
    const read = (path: string) => fetch(`${at}${path}`, { headers: { authorization: `Bearer ${token}` } });

    expect((await read('/api/orders')).status).toBe(403);
    expect((await read('/api/orders/ord_0')).status).toBe(404);
  });

  it('answers at once, and says so, when a wait cannot be had', async () => {
    const api = await owner();
    const { jobId, known } = await payingJob(api);
    await inject({ target: 'lambda:connect', effect: 'error', times: 1 });

    const answer = await api.status(jobId, { ...known, prefer: 'wait=20' });

    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([304, null]);
    expect((await api.ending(jobId)).status).toBe('completed');
  });

  it('is asked ever less for a job that is overdue, and never expects it in the past', async () => {
    const api = await owner();
    await inject({ target: 'lambda:validation', effect: 'hang', times: 1 });
    const { jobId } = (await api.submit()).body;
    const pauses: number[] = [];

    while ((pauses.at(-1) ?? 0) < 4) {
      const askedAt = Date.now();
      const { headers, body } = await api.status(jobId);
      pauses.push(Number(headers.get('retry-after')));
      expect(Date.parse(body.estimatedCompletion ?? '')).toBeGreaterThan(askedAt);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }

    const least = pauses.indexOf(Math.min(...pauses));
    expect(pauses.slice(least)).toEqual(pauses.slice(least).sort((a, b) => a - b));
  });
});

needing('the control routes of a local cloud')('an ID token', () => {
  it('is no access token', async () => {
    const { token } = await local<{ token: string }>('token?use=id');

    const answer = await fetch(`${apiUrl}/orders`, { headers: { authorization: `Bearer ${token}` } });

    const problem = (await answer.json()) as Problem;
    expect(problem).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(problem.detail).toContain('token_use');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });
});
