import { isDeepStrictEqual } from 'node:util';
import type { StatusDocument } from '../../domain/protocol/protocol.ts';
import { isTerminal } from '../e2e/support/orders-api.ts';

/** Every status document that anybody was shown, and what is wrong with what they were shown. */
export interface Sightings {
  /**
   * @param channel where it was seen: versions must not go backwards within one; none for an answer that may be late
   */
  see(document: StatusDocument, channel?: string): void;
  /** Ids of jobs whose version went backwards within a channel. */
  readonly backwards: ReadonlySet<string>;
  /** Ids of jobs of which two documents had the same version and differed in more than the estimate. */
  readonly ambiguous: ReadonlySet<string>;
  /** Jobs whose progress fell from one version to a later one. */
  fellBack(): string[];
  /** Jobs that changed after an end that nothing may change. */
  changedAfterEnd(): string[];
  latest(jobId: string): StatusDocument | undefined;
}

/** The estimate of an overdue job moves within a version. */
const timeless = ({ estimatedCompletion: _, ...document }: StatusDocument): object => document;

export function createSightings(): Sightings {
  const byJob = new Map<string, Map<number, StatusDocument>>();
  const latestOf = new Map<string, number>();
  const backwards = new Set<string>();
  const ambiguous = new Set<string>();

  const inOrder = (versions: ReadonlyMap<number, StatusDocument>) =>
    [...versions.values()].sort((a, b) => a.version - b.version);
  const jobsWhere = (isWrong: (before: StatusDocument, after: StatusDocument) => boolean) =>
    [...byJob].flatMap(([jobId, versions]) => {
      const documents = inOrder(versions);
      return documents.some((after, i) => i > 0 && isWrong(documents[i - 1] as StatusDocument, after))
        ? [jobId]
        : [];
    });

  return {
    backwards,
    ambiguous,
    see(document, channel) {
      const { jobId, version } = document;
      const versions = byJob.get(jobId) ?? new Map<number, StatusDocument>();
      byJob.set(jobId, versions);
      const known = versions.get(version);
      if (known && !isDeepStrictEqual(timeless(known), timeless(document))) ambiguous.add(jobId);
      versions.set(version, document);
      if (channel === undefined) return;
      if (version < (latestOf.get(channel) ?? 0)) backwards.add(jobId);
      latestOf.set(channel, version);
    },
    fellBack: () => jobsWhere((before, after) => after.progress < before.progress),
    changedAfterEnd: () => jobsWhere((before) => isTerminal(before) && !before.error?.redrivable),
    latest: (jobId) => inOrder(byJob.get(jobId) ?? new Map()).at(-1),
  };
}
