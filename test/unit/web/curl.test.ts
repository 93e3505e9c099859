import { expect, it } from '@jest/globals';
import { curlOf } from '../../../web/src/curl.ts';
import { orderFor } from '../../../web/src/outcomes.ts';

it('posts the order again under its key, whatever its text holds', () => {
  const order = { ...orderFor('tok_visa'), email: "o'hara@example.com" };

  const command = curlOf({ api: 'http://a/api', jobId: 'j', placed: { order, idempotencyKey: 'k' } });

  expect(command).toContain("-H 'Idempotency-Key: k'");
  expect(command).toContain(`"email":"o'\\''hara@example.com"`);
});

it('reads the status of an order that another tab placed, with a token of the local cloud', () => {
  const command = curlOf({ api: 'http://a/api', jobId: 'j', tokenUrl: 'http://a/_local/token' });

  expect(command).toMatch(/^TOKEN=\$\(curl -s http:\/\/a\/_local\/token .*\)\n/);
  expect(command).toContain('curl -i http://a/api/orders/status/j -H "Authorization: Bearer $TOKEN"');
});
