/**
 * Prints the key that signs an owner's webhooks. It reads the deployment's secret from stdin, so that the secret appears in
 * no list of processes: `aws secretsmanager get-secret-value … | npm run --silent webhook-key OWNER`.
 */
import { text } from 'node:stream/consumers';
import { webhookKey } from '../lambdas/adapters/webhook-key.ts';

const [owner] = process.argv.slice(2);
const secret = process.stdin.isTTY ? '' : (await text(process.stdin)).trim();
if (!owner || !secret) {
  console.error(
    'Give the owner (the `sub` of its access tokens) as argument and the secret on stdin: ' +
      'aws secretsmanager get-secret-value --secret-id ARN --query SecretString --output text | npm run --silent webhook-key OWNER',
  );
  process.exit(1);
}
console.log(webhookKey(secret, owner));
