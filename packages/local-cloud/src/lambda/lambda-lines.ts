import type { FunctionDefinition, Invocation } from './functions.ts';

/** What Lambda writes to a function's log when an invocation starts. */
export function startLine({ logging }: FunctionDefinition, requestId: string, at: Date): string {
  return logging.format === 'JSON'
    ? platformLine('platform.start', { requestId, version: '$LATEST' }, at)
    : `START RequestId: ${requestId} Version: $LATEST`;
}

/**
 * What Lambda and its runtime write when an invocation has ended: the error, if any, and the report.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export function endLines(
  { logging, memoryMb }: FunctionDefinition,
  requestId: string,
  { invocation, ms }: { readonly invocation: Invocation; readonly ms: number },
  at: Date,
): string[] {
  const duration = Number(ms.toFixed(2));
  const billed = Math.max(1, Math.ceil(ms));
  const error = invocation.ok ? [] : [errorLine(logging.format, requestId, invocation, at)];
  if (logging.format === 'JSON') {
    const metrics = { durationMs: duration, billedDurationMs: billed, memorySizeMB: memoryMb };
    return [
      ...error,
      platformLine('platform.report', { requestId, metrics, status: statusOf(invocation) }, at),
    ];
  }
  const facts = [`Duration: ${duration} ms`, `Billed Duration: ${billed} ms`, `Memory Size: ${memoryMb} MB`];
  return [...error, `END RequestId: ${requestId}`, `REPORT RequestId: ${requestId}\t${facts.join('\t')}`];
}

function statusOf(invocation: Invocation): string {
  if (invocation.ok) return 'success';
  if (invocation.errorType === 'Sandbox.Timedout') return 'timeout';
  return invocation.kind === 'handled' ? 'error' : 'failure';
}

function platformLine(type: string, record: object, at: Date): string {
  return JSON.stringify({ time: at.toISOString(), type, record });
}

function errorLine(
  format: FunctionDefinition['logging']['format'],
  requestId: string,
  { errorType, errorMessage, trace, kind }: Extract<Invocation, { ok: false }>,
  at: Date,
): string {
  const timestamp = at.toISOString();
  if (format === 'JSON') {
    const message = { errorType, errorMessage, stackTrace: trace };
    return JSON.stringify({ timestamp, level: 'ERROR', requestId, message });
  }
  // The runtime reports what a handler threw; of everything else only Lambda itself knows.
  if (kind !== 'handled') return `${errorMessage}\n${errorType}`;
  const error = JSON.stringify({ errorType, errorMessage, stack: trace });
  return [timestamp, requestId, 'ERROR', 'Invoke Error ', error].join('\t');
}
