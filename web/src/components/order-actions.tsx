import { isTerminal, type OrderHandle, type OrderRequest, type StatusDocument } from '@accepted/client';
import { useEffect, useState } from 'react';
import { curlOf } from '../curl.ts';
import type { Phase } from '../phase.ts';
import { texts } from '../texts.ts';
import { Icon } from './icon.tsx';

/** What can be done with an order. Buttons stay where they are; what cannot be done now is disabled. */
export function OrderActions({
  api,
  handle,
  job,
  phase,
  order,
  tokenUrl,
  cancel,
  redrive,
}: {
  readonly api: string;
  readonly handle: OrderHandle | undefined;
  readonly job: StatusDocument | undefined;
  readonly phase: Phase;
  readonly order: OrderRequest | undefined;
  readonly tokenUrl: string | undefined;
  cancel(): Promise<void>;
  redrive(): Promise<void>;
}) {
  const [message, setMessage] = useState('');
  const jobId = handle?.jobId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a message is about one order in one state
  useEffect(() => setMessage(''), [jobId, phase]);

  const run = (action: () => Promise<void>) => async () => {
    setMessage('');
    await action().catch((error: Error) => setMessage(texts.actions.failed(error.message)));
  };
  const copy = async () => {
    const idempotencyKey = handle?.idempotencyKey;
    const placed = order && idempotencyKey !== undefined ? { order, idempotencyKey } : undefined;
    await navigator.clipboard.writeText(curlOf({ api, jobId: jobId ?? '', placed, tokenUrl })).then(
      () => setMessage(texts.actions.copied),
      () => setMessage(texts.actions.notCopied),
    );
  };
  const isRedrivable = job?.status === 'failed' && job.error.redrivable;
  const canCancel = job && (isRedrivable || (!isTerminal(job) && !job.cancelling));

  return (
    <footer className="actions">
      <button type="button" disabled={!canCancel} onClick={run(cancel)}>
        {texts.actions.cancel}
      </button>
      <button type="button" disabled={!isRedrivable} onClick={run(redrive)}>
        {texts.actions.redrive}
      </button>
      <button type="button" disabled={!jobId} onClick={copy}>
        {texts.actions.curl}
      </button>
      {jobId && (
        <a className="button" href={`/?job=${jobId}`} target="_blank" rel="noopener">
          {texts.actions.secondTab} <Icon name="external" />
        </a>
      )}
      <p className="message" role="status">
        {message}
      </p>
    </footer>
  );
}
