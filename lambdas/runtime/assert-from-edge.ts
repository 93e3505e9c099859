import { createHash, timingSafeEqual } from 'node:crypto';
import { NotFound } from '../../domain/protocol/errors.ts';

/** The header in which CloudFront sends the secret that only it and the functions know. */
export const originSecretHeader = 'x-origin-secret';

/**
 * Refuses what did not come through CloudFront, and so not through WAF.
 *
 * @param secret - of the deployment; none where the API has no distribution in front
 * @throws NotFound when the header does not have the secret
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
 */
export function assertFromEdge(
  headers: Readonly<Record<string, string | undefined>>,
  secret: string | undefined,
): void {
  if (secret === undefined) return;
  const { [originSecretHeader]: given = '' } = headers;
  if (!timingSafeEqual(digest(given), digest(secret)))
    throw new NotFound('This address serves nothing; the API has a public one.');
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
