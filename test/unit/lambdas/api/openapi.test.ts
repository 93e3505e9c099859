import { expect, it } from '@jest/globals';
import { createOpenapi } from '../../../../lambdas/api/openapi.ts';
import { aRequest } from '../../../support/builders.ts';

it('the description may be cached and read by any page', async () => {
  const description = { openapi: '3.1.0' };

  const response = await createOpenapi(() => description)(aRequest());

  expect(response).toEqual({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' },
    body: description,
  });
});
