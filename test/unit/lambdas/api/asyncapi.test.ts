import { expect, it } from '@jest/globals';
import { createAsyncapi } from '../../../../lambdas/api/asyncapi.ts';
import { aRequest } from '../../../support/builders.ts';

it('the description of the WebSocket API may be cached and read by any page', async () => {
  const description = { asyncapi: '3.1.0' };

  const response = await createAsyncapi(() => description)(aRequest());

  expect(response).toEqual({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' },
    body: description,
  });
});
