import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { LogLine } from '../../domain/operator/operator-protocol.ts';
import type { JobLogs } from '../ports/job-logs.ts';

/** Maximum number of lines of one answer; Lambda's limit is 6 MB. */
const maxLines = 2_000;

/** CloudWatch Logs allows few of these calls a second, so they are made one after the other and repeated patiently. */
const attempts = 8;

/**
 * Lines of log groups in CloudWatch Logs.
 *
 * @param config.deadline - ends a search that takes too long; what was found until then is returned
 */
export function createJobLogs(config: {
  readonly groups: readonly string[];
  readonly deadline: () => AbortSignal;
}): JobLogs {
  const client = new CloudWatchLogsClient({ maxAttempts: attempts });

  return {
    async read(jobId, since) {
      const signal = config.deadline();
      const lines: LogLine[] = [];
      try {
        for (const group of config.groups) {
          for await (const line of linesOf(group, jobId, since, signal)) {
            if (lines.length >= maxLines) return { lines: sorted(lines), isComplete: false };
            lines.push(line);
          }
        }
        return { lines: sorted(lines), isComplete: true };
      } catch (error) {
        if (signal.aborted) return { lines: sorted(lines), isComplete: false };
        throw error;
      }
    },
  };

  async function* linesOf(logGroupName: string, jobId: string, since: Date, signal: AbortSignal) {
    const pages = paginateFilterLogEvents(
      { client },
      { logGroupName, startTime: since.getTime(), filterPattern: `"${jobId}"` },
      { abortSignal: signal },
    );
    for await (const { events = [] } of pages) {
      for (const { timestamp = 0, message = '' } of events)
        yield { at: new Date(timestamp).toISOString(), message: message.trimEnd() };
    }
  }
}

const sorted = (lines: readonly LogLine[]): readonly LogLine[] =>
  lines.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
