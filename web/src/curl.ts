import type { OrderRequest } from '@accepted/client';

/** What a shell command needs to know. */
export interface CurlRequest {
  /** Absolute base URL of the API. */
  readonly api: string;
  readonly jobId: string;
  /** The order, in the tab that placed it; its key makes the command harmless. */
  readonly placed?: { readonly order: OrderRequest; readonly idempotencyKey: string } | undefined;
  /** Where the local cloud issues tokens. */
  readonly tokenUrl?: string | undefined;
}

/** A shell command that posts an order again under its key, or reads its status. The token is a variable. */
export function curlOf({ api, jobId, placed, tokenUrl }: CurlRequest): string {
  const token = tokenUrl ? `TOKEN=$(curl -s ${tokenUrl} | sed 's/.*:"\\(.*\\)".*/\\1/')\n` : '';
  const authorization = '-H "Authorization: Bearer $TOKEN"';
  if (!placed) return `${token}curl -i ${api}/orders/status/${jobId} ${authorization}`;
  return `${token}curl -i ${api}/orders \\
  ${authorization} \\
  -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: ${placed.idempotencyKey}' \\
  -d ${quoted(JSON.stringify(placed.order))}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
