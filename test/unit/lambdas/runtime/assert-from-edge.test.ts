import { describe, expect, it } from '@jest/globals';
import { assertFromEdge } from '../../../../lambdas/runtime/assert-from-edge.ts';

describe('a request', () => {
  it('passes with the secret of the deployment', () => {
    expect(() => assertFromEdge({ 'x-origin-secret': 'of-cloudfront' }, 'of-cloudfront')).not.toThrow();
  });

  it.each([{}, { 'x-origin-secret': '' }, { 'x-origin-secret': 'of-cloudfron' }])(
    'is refused with the headers %j, because it did not come through CloudFront',
    (headers) => {
      expect(() => assertFromEdge(headers, 'of-cloudfront')).toThrow('This address serves nothing');
    },
  );

  it('passes with any headers where there is no distribution', () => {
    expect(() => assertFromEdge({}, undefined)).not.toThrow();
  });
});
