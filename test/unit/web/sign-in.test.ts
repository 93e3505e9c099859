import { createHash, webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSignIn } from '../../../web/src/sign-in.ts';

/** What the authorization server was asked at its token endpoint. */
let asked: URLSearchParams[];
/** What it answers. */
let answers: { status: number; body: object }[];
let server: Server;
let issuer: string;
let kept: Map<string, string>;
let now: number;

beforeEach(async () => {
  asked = [];
  answers = [];
  kept = new Map();
  now = 1_000_000;
  server = createServer(async (request, response) => {
    asked.push(new URLSearchParams(await text(request)));
    const { status, body } = answers.shift() ?? { status: 500, body: {} };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A sign-in of a page that was loaded just now; what the tab stored is there. */
const aPage = () =>
  createSignIn(
    {
      authorizeUrl: `${issuer}/oauth2/authorize`,
      tokenUrl: `${issuer}/oauth2/token`,
      logoutUrl: `${issuer}/logout`,
      clientId: 'shop',
      scopes: ['openid', 'orders/write'],
    },
    {
      redirectUri: 'https://page.example/',
      fetch,
      crypto: webcrypto as Crypto,
      storage: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => void kept.set(key, value),
        removeItem: (key) => void kept.delete(key),
      },
      now: () => now,
    },
  );

const idToken = (nonce: string) =>
  `e30.${Buffer.from(JSON.stringify({ nonce })).toString('base64url')}.signature`;

/** Sends a user to the authorization server and back. */
async function signedIn(more: object = { refresh_token: 'refresh-1' }) {
  const before = aPage();
  const { searchParams } = new URL(await before.signIn.begin());
  const [state, nonce] = [searchParams.get('state') ?? '', searchParams.get('nonce') ?? ''];
  answers.push({
    status: 200,
    body: { access_token: 'access-1', id_token: idToken(nonce), expires_in: 3600, ...more },
  });
  const page = aPage();
  await page.finish(`https://page.example/?code=code-1&state=${state}`);
  return page;
}

describe('a sign-in', () => {
  it('asks for a code with PKCE, and exchanges it for tokens', async () => {
    const { searchParams } = new URL(await aPage().signIn.begin());
    const [state, nonce] = [searchParams.get('state') ?? '', searchParams.get('nonce') ?? ''];
    answers.push({
      status: 200,
      body: { access_token: 'access-1', id_token: idToken(nonce), expires_in: 3600 },
    });
    const page = aPage();

    const isFinished = await page.finish(`https://page.example/?code=code-1&state=${state}`);

    expect(isFinished).toBe(true);
    expect(page.state()).toBe('signed-in');
    expect(await page.token({ refused: false })).toBe('access-1');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'shop',
      redirect_uri: 'https://page.example/',
      scope: 'openid orders/write',
      code_challenge_method: 'S256',
    });
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      grant_type: 'authorization_code',
      client_id: 'shop',
      code: 'code-1',
      redirect_uri: 'https://page.example/',
    });
    const verifier = asked[0]?.get('code_verifier') ?? '';
    expect(verifier.length).toBeGreaterThanOrEqual(43);
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(
      searchParams.get('code_challenge'),
    );
  });

  it('survives a reload', async () => {
    await signedIn();

    expect(aPage().state()).toBe('signed-in');
    expect(await aPage().token({ refused: false })).toBe('access-1');
  });

  it('is none on a page that was opened without an answer', async () => {
    expect(await aPage().finish('https://page.example/?job=1')).toBe(false);
    expect(aPage().state()).toBe('signed-out');
  });

  it('refuses an answer with another state, and exchanges nothing', async () => {
    const page = aPage();
    await page.signIn.begin();

    await expect(page.finish('https://page.example/?code=stolen&state=other')).rejects.toThrow(
      'Sign in again',
    );

    expect(asked).toEqual([]);
  });

  it('refuses an answer that is used twice', async () => {
    const page = aPage();
    const state = new URL(await page.signIn.begin()).searchParams.get('state');
    answers.push({ status: 400, body: { error: 'invalid_grant' } });
    const url = `https://page.example/?code=code-1&state=${state}`;
    await expect(page.finish(url)).rejects.toThrow('invalid_grant');

    await expect(page.finish(url)).rejects.toThrow('Sign in again');

    expect(asked).toHaveLength(1);
  });

  it.each([
    ['another nonce', idToken('other')],
    ['no ID token', undefined],
    ['a broken ID token', 'x'],
  ])('refuses tokens with %s', async (_, id_token) => {
    const page = aPage();
    const state = new URL(await page.signIn.begin()).searchParams.get('state');
    answers.push({ status: 200, body: { access_token: 'access-1', id_token } });

    await expect(page.finish(`https://page.example/?code=c&state=${state}`)).rejects.toThrow('ID token');

    expect(page.state()).toBe('signed-out');
  });

  it('says what the authorization server refused', async () => {
    const page = aPage();
    const state = new URL(await page.signIn.begin()).searchParams.get('state');
    const url = `https://page.example/?error=access_denied&error_description=Not%20you&state=${state}`;

    await expect(page.finish(url)).rejects.toThrow('Not you');
  });
});

describe('a token', () => {
  it('is renewed once for all who ask when it has expired, and keeps a refresh token that is not replaced', async () => {
    const page = await signedIn();
    now += 3_590_000;
    answers.push({ status: 200, body: { access_token: 'access-2', expires_in: 3600 } });

    const tokens = await Promise.all([page.token({ refused: false }), page.token({ refused: false })]);

    expect(tokens).toEqual(['access-2', 'access-2']);
    expect(asked.slice(1).map((each) => each.get('refresh_token'))).toEqual(['refresh-1']);
    answers.push({ status: 200, body: { access_token: 'access-3', expires_in: 3600 } });
    expect(await page.token({ refused: true })).toBe('access-3');
    expect(asked.at(-1)?.get('refresh_token')).toBe('refresh-1');
  });

  it('ends the session when it cannot be renewed any more', async () => {
    const page = await signedIn();
    const states: string[] = [];
    page.subscribe(() => states.push(page.state()));
    answers.push({ status: 400, body: { error: 'invalid_grant' } });

    expect(await page.token({ refused: true })).toBe('');

    expect(states).toEqual(['expired']);
    expect(aPage().state()).toBe('signed-out');
  });

  it('ends the session at its end where there is no refresh token', async () => {
    const page = await signedIn({});
    now += 3_600_000;

    expect(await page.token({ refused: false })).toBe('');
    expect(page.state()).toBe('expired');
  });

  it('keeps the session while the authorization server is down', async () => {
    const page = await signedIn();
    answers.push({ status: 503, body: {} });

    await expect(page.token({ refused: true })).rejects.toThrow('status 503');

    expect(page.state()).toBe('signed-in');
  });

  it('is forgotten on sign-out', async () => {
    const page = await signedIn();

    const url = new URL(page.signIn.end());

    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'shop',
      logout_uri: 'https://page.example/',
    });
    expect(page.state()).toBe('signed-out');
    expect([...kept.keys()]).toEqual([]);
  });
});
