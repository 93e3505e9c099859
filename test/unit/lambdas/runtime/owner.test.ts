import { describe, expect, it } from '@jest/globals';
import { Unauthorized } from '../../../../domain/protocol/errors.ts';
import { ownerOf } from '../../../../lambdas/runtime/owner.ts';

const userPool = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
const elsewhere = 'https://tenant.eu.auth0.com/';

const ownerWith = (claims: Record<string, unknown>) =>
  ownerOf({ requestContext: { authorizer: { jwt: { claims } } } } as never);

describe('the owner', () => {
  it.each([
    ["an access token of the stack's user pool", { iss: userPool, token_use: 'access' }],
    ['a token of another issuer, which has no token_use', { iss: elsewhere }],
    ['an access token of another issuer that has token_use', { iss: elsewhere, token_use: 'access' }],
  ])('is the sub of %s', (_, claims) => {
    expect(ownerWith({ sub: 'ada', ...claims })).toBe('ada');
  });

  it.each([
    ['an ID token', { iss: userPool, token_use: 'id' }],
    ['a refresh token', { iss: userPool, token_use: 'refresh' }],
    ['an empty token_use', { iss: userPool, token_use: '' }],
    ['a token of a user pool without token_use', { iss: userPool }],
    [
      'a token of a user pool in China without token_use',
      { iss: 'https://cognito-idp.cn-north-1.amazonaws.com.cn/x' },
    ],
    ['an ID token of another issuer that has token_use', { iss: elsewhere, token_use: 'id' }],
  ])('is nobody for %s', (_, claims) => {
    expect(() => ownerWith({ sub: 'ada', ...claims })).toThrow(Unauthorized);
  });
});
