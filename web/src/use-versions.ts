import type { OrderHandle, StatusDocument } from '@accepted/client';
import { useEffect, useState } from 'react';

/** All versions of a job that this page was told, oldest first. */
export function useVersions(handle: OrderHandle | undefined): readonly StatusDocument[] {
  const [seen, setSeen] = useState<{ jobId?: string; versions: readonly StatusDocument[] }>({ versions: [] });
  useEffect(
    () =>
      handle?.subscribe({
        onUpdate: (job) =>
          setSeen(({ jobId, versions }) => {
            const before = jobId === job.jobId ? versions : [];
            const isKnown = before.some(({ version }) => version === job.version);
            return { jobId: job.jobId, versions: isKnown ? before : [...before, job] };
          }),
      }),
    [handle],
  );
  return seen.jobId === handle?.jobId ? seen.versions : [];
}
