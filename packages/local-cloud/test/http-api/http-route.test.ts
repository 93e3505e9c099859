import { describe, expect, it } from '@jest/globals';
import { bySpecificity, parseRouteKey, selectRoute } from '../../src/http-api/http-route.ts';

const routes = [
  '$default',
  'ANY /{proxy+}',
  'GET /orders/{proxy+}',
  'GET /orders/{orderId}',
  'GET /orders/status/{jobId}',
  'POST /orders/status/{jobId}/cancel',
  'ANY /orders/all',
  'GET /orders/all',
  'GET /',
]
  .map(parseRouteKey)
  .sort(bySpecificity);

describe('route selection', () => {
  it.each([
    ['GET', '/', 'GET /', {}],
    ['GET', '/orders/all', 'GET /orders/all', {}],
    ['PUT', '/orders/all', 'ANY /orders/all', {}],
    ['GET', '/orders/7', 'GET /orders/{orderId}', { orderId: '7' }],
    ['GET', '/orders/status/j1', 'GET /orders/status/{jobId}', { jobId: 'j1' }],
    ['GET', '/orders/status', 'GET /orders/{orderId}', { orderId: 'status' }],
    ['POST', '/orders/status/j1/cancel', 'POST /orders/status/{jobId}/cancel', { jobId: 'j1' }],
    ['GET', '/orders/a/b/c', 'GET /orders/{proxy+}', { proxy: 'a/b/c' }],
    ['DELETE', '/orders/a/b/c', 'ANY /{proxy+}', { proxy: 'orders/a/b/c' }],
    ['POST', '/', '$default', {}],
  ])('%s %s goes to %s', (method, path, key, parameters) => {
    const match = selectRoute(routes, method, path);

    expect({ key: match?.route.key, parameters: match?.parameters }).toEqual({ key, parameters });
  });

  it('matches nothing but the whole path', () => {
    const only = [parseRouteKey('GET /orders/{orderId}')];

    expect(selectRoute(only, 'GET', '/orders')).toBeUndefined();
    expect(selectRoute(only, 'GET', '/orders/')).toBeUndefined();
    expect(selectRoute(only, 'GET', '/orders/1/')).toBeUndefined();
    expect(selectRoute(only, 'POST', '/orders/1')).toBeUndefined();
  });

  it.each(['orders', 'FETCH /orders', 'GET /{proxy+}/more'])('refuses the route key %s', (key) => {
    expect(() => parseRouteKey(key)).toThrow(/RouteKey is .*allowed/);
  });
});
