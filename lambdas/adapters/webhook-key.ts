import { hkdfSync } from 'node:crypto';

/** Names the purpose of the derived keys (RFC 5869, 3.2), so that no other use of the secret yields the same key. */
const purpose = 'accepted/webhooks/';

/**
 * The key that signs the webhooks of one owner, in the form that Standard Webhooks gives to receivers: `whsec_` and the
 * Base64 of 32 bytes. It is derived from the deployment's secret (HKDF-SHA256, RFC 5869), so an owner who knows it can
 * compute neither the secret nor another owner's key.
 */
export function webhookKey(secret: string, owner: string): string {
  const key = hkdfSync('sha256', secret, '', `${purpose}${owner}`, 32);
  return `whsec_${Buffer.from(key).toString('base64')}`;
}
