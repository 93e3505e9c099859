import { describe, expect, it } from '@jest/globals';
import { MethodNotAllowed, NotFound } from '../../../../domain/protocol/errors.ts';
import { routes } from '../../../../domain/protocol/protocol.ts';
import { createUnrouted } from '../../../../lambdas/api/unrouted.ts';

const refusalOf = (method: string, path: string, apiUrl = '/api'): Promise<Error & { headers?: object }> =>
  createUnrouted({ apiUrl })({ method, path }).then(
    () => new Error('It was answered.'),
    (error) => error,
  );

describe('a request that no route takes', () => {
  it.each(['/api/nowhere', '/api', '/api/', '/', '/api/orders/', '/apiorders', '/api/orders/status/a/b/c'])(
    'is refused with 404 for the path %s',
    async (path) => {
      expect(await refusalOf('GET', path)).toBeInstanceOf(NotFound);
    },
  );

  it.each([
    ['DELETE', '/api/orders', 'POST, GET'],
    ['PUT', '/api/orders/status/0193', 'GET'],
    ['GET', '/api/orders/status/0193/cancel', 'POST'],
    ['HEAD', '/api/openapi.json', 'GET'],
  ])('is refused with 405 and Allow for %s %s', async (method, path, allow) => {
    const refusal = await refusalOf(method, path);

    expect(refusal).toBeInstanceOf(MethodNotAllowed);
    expect(refusal.headers).toEqual({ allow });
  });

  it.each(routes.map(({ path }) => path))('is refused with 405 for another method on %s', async (path) => {
    expect(await refusalOf('PATCH', `/api${path}`)).toBeInstanceOf(MethodNotAllowed);
  });

  it('is refused with 404 when its path, once decoded, only looks like that of a route', async () => {
    expect(await refusalOf('GET', '/api/orders/status/..%2f..')).toBeInstanceOf(NotFound);
  });

  it.each(['/v1/orders', '/api/orders'])('is known by the public base and by the stage: %s', async (path) => {
    expect(await refusalOf('PUT', path, 'https://api.example.com/v1')).toBeInstanceOf(MethodNotAllowed);
  });

  it('is known below a public base without a path', async () => {
    expect(await refusalOf('PUT', '/orders', 'https://api.example.com')).toBeInstanceOf(MethodNotAllowed);
  });
});
