import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Unauthorized } from '../../domain/protocol/errors.ts';

/** The issuer of a Cognito user pool. */
const cognito = /^https:\/\/(?:[\w-]+\.)*[\w-]*cognito-idp\b/;

/**
 * Who calls: the `sub` of the access token, which the gateway has verified.
 *
 * The gateway's authorizer takes any token of the issuer. Cognito names the kind of a token in `token_use`, and an ID token
 * is meant for the page that a user signed in to, not for an API. Other issuers have no such claim; they tell the two kinds
 * apart by the audience, which the authorizer checks.
 *
 * @throws Unauthorized when the token is no access token or has no `sub`
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export function ownerOf(event: Pick<APIGatewayProxyEventV2, 'requestContext'>): string {
  // The type of the event has no authorizer: it depends on the route, not on the payload format.
  const { authorizer } = event.requestContext as {
    authorizer?: { jwt?: { claims?: Readonly<Record<string, unknown>> } };
  };
  const { sub, iss, token_use: use } = authorizer?.jwt?.claims ?? {};
  const isAccessToken = use === 'access' || (use === undefined && !cognito.test(String(iss)));
  if (!isAccessToken)
    throw new Unauthorized('The request needs an access token: the `token_use` of this one is not `access`.');
  if (typeof sub !== 'string' || sub === '')
    throw new Unauthorized('The request needs an access token with a `sub` claim.');
  return sub;
}
