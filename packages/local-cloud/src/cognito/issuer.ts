import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { DataFileError, readDataFile, writeDataFile } from '../storage/data-file.ts';

/** The identity provider of this machine: one key stands in for the key of any issuer a template names. */
export type Issuer = Awaited<ReturnType<typeof createIssuer>>;

/** What kinds of tokens there are, as the claim `token_use` names them. */
export const tokenUses = ['access', 'id'] as const;

/** Whom a token is for. */
export interface TokenRequest {
  readonly sub: string;
  /** @default access */
  readonly use?: (typeof tokenUses)[number];
  /** Scopes of an access token, separated by spaces. */
  readonly scope?: string;
}

type TokenSubject = TokenRequest & { readonly issuer: string; readonly audience: string };
type TokenRule = { issuer: string; audiences: readonly string[] };

/** An issuer with an RS256 key made now, or kept in the data folder, if any, so that tokens outlive a restart. */
export async function createIssuer(data: string | undefined) {
  const secret = await signingKey(data);
  const kid = await calculateJwkThumbprint(secret);
  const privateKey = await importJWK(secret, 'RS256');
  const keys = createLocalJWKSet({ keys: [{ kty: 'RSA', n: secret.n, e: secret.e, kid } as JWK] });

  return {
    /**
     * Issues a token with the claims of Cognito's. Its access tokens have `client_id` in place of `aud`.
     * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
     */
    issueToken({ issuer, audience, sub, use = 'access', scope }: TokenSubject): Promise<string> {
      const isAccess = use === 'access';
      const claims = isAccess
        ? { client_id: audience, username: sub, ...(scope !== undefined && { scope }) }
        : { aud: audience, 'cognito:username': sub };
      const auth_time = Math.floor(Date.now() / 1000);
      return new SignJWT({
        ...claims,
        token_use: use,
        auth_time,
        origin_jti: randomUUID(),
        event_id: randomUUID(),
      })
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuer(issuer)
        .setSubject(sub)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey);
    },

    /**
     * Checks a token as the JWT authorizer of an HTTP API does, and gives its claims.
     * @throws Error saying what is wrong with the token.
     * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
     */
    async verify(token: string, { issuer, audiences }: TokenRule): Promise<JWTPayload> {
      const { payload } = await jwtVerify<{ client_id?: string }>(token, keys, {
        issuer,
        algorithms: ['RS256', 'RS384', 'RS512'],
        requiredClaims: ['exp'],
      });
      // client_id counts only where there is no aud.
      const { client_id: client, aud = client } = payload;
      if (![aud].flat().some((audience) => audiences.includes(String(audience))))
        throw new Error('the token is for another audience');
      if (payload.iat !== undefined && payload.iat > Date.now() / 1000)
        throw new Error('the token was issued in the future');
      return payload;
    },
  };
}

async function signingKey(data: string | undefined): Promise<JWK> {
  const file = data === undefined ? undefined : join(data, 'issuer-key.json');
  const kept = file && (readDataFile(file) as JWK | undefined);
  if (kept) {
    await importJWK(kept, 'RS256').catch((cause) => {
      throw new DataFileError(file, `is damaged (${cause.message})`, { cause });
    });
    return kept;
  }
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = await exportJWK(privateKey);
  if (file) {
    await mkdir(dirname(file), { recursive: true });
    writeDataFile(file, key);
  }
  return key;
}
