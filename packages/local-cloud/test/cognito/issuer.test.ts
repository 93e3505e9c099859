import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createIssuer } from '../../src/cognito/issuer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const issuer = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool';
const rule = { issuer, audiences: ['client'] };
const request = { issuer, audience: 'client', sub: 'ada' };

describe('the issuer', () => {
  it('accepts the tokens it issued, and gives their claims', async () => {
    const { issueToken, verify } = await createIssuer(undefined);

    const claims = await verify(await issueToken({ ...request, scope: 'orders' }), rule);

    expect(claims).toMatchObject({ sub: 'ada', client_id: 'client', token_use: 'access', scope: 'orders' });
    expect(claims).not.toHaveProperty('aud');
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
  });

  it('issues ID tokens, which the authorizer of an HTTP API takes by their aud', async () => {
    const { issueToken, verify } = await createIssuer(undefined);

    const claims = await verify(await issueToken({ ...request, use: 'id', scope: 'orders' }), rule);

    expect(claims).toMatchObject({ sub: 'ada', aud: 'client', token_use: 'id', 'cognito:username': 'ada' });
    expect(claims).not.toHaveProperty('client_id');
    expect(claims).not.toHaveProperty('scope');
  });

  it('refuses tokens of others, and for others', async () => {
    const { issueToken, verify } = await createIssuer(undefined);
    const stranger = await createIssuer(undefined);

    await expect(verify(await stranger.issueToken(request), rule)).rejects.toThrow();
    await expect(verify(await issueToken({ ...request, issuer: 'x' }), rule)).rejects.toThrow(/iss/);
    await expect(verify(await issueToken({ ...request, audience: 'x' }), rule)).rejects.toThrow(/audience/);
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: issuer, client_id: 'client' }))}.`;
    await expect(verify(unsigned, rule)).rejects.toThrow();
    await expect(verify('nonsense', rule)).rejects.toThrow();
  });

  it('keeps its key in the data folder', async () => {
    const data = join(temporaryFolder(), 'new');
    const first = await createIssuer(data);
    const second = await createIssuer(data);

    await expect(second.verify(await first.issueToken(request), rule)).resolves.toMatchObject({ sub: 'ada' });
  });

  it.each(['{"kty":', '{}', ''])('refuses a key file that holds %j', async (text) => {
    const data = temporaryFolder();
    await createIssuer(data);

    writeFileSync(join(data, 'issuer-key.json'), text);

    await expect(createIssuer(data)).rejects.toThrow(
      /issuer-key.json is (damaged|missing or empty).*delete it/,
    );
  });
});
