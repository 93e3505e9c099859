import type { Failure, FunctionDefinition, Invocation } from './functions.ts';

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
  const isJson = logging.format === 'JSON';
  const durationMs = Number(ms.toFixed(2));
  const billedDurationMs = Math.max(1, Math.ceil(ms));
  const error = invocation.ok ? [] : [(isJson ? jsonError : textError)(requestId, invocation, at)];
  if (isJson) {
    const metrics = { durationMs, billedDurationMs, memorySizeMB: memoryMb };
    const record = { requestId, metrics, status: statusOf(invocation) };
    return [...error, platformLine('platform.report', record, at)];
  }
  const facts = `Duration: ${durationMs} ms\tBilled Duration: ${billedDurationMs} ms\tMemory Size: ${memoryMb} MB`;
  return [...error, `END RequestId: ${requestId}`, `REPORT RequestId: ${requestId}\t${facts}`];
}

function statusOf(invocation: Invocation): string {
  if (invocation.ok) return 'success';
  if (invocation.errorType === 'Sandbox.Timedout') return 'timeout';
  return invocation.kind === 'handled' ? 'error' : 'failure';
}

function platformLine(type: string, record: object, at: Date): string {
  return JSON.stringify({ time: at.toISOString(), type, record });
}

function jsonError(requestId: string, { errorType, errorMessage, trace }: Failure, timestamp: Date): string {
  const message = { errorType, errorMessage, stackTrace: trace };
  return JSON.stringify({ timestamp, level: 'ERROR', requestId, message });
}

/** The runtime reports what a handler threw; of everything else only Lambda itself knows. */
function textError(requestId: string, { errorType, errorMessage, trace, kind }: Failure, at: Date): string {
  if (kind !== 'handled') return `${errorMessage}\n${errorType}`;
  const error = JSON.stringify({ errorType, errorMessage, stack: trace });
  return [at.toISOString(), requestId, 'ERROR', 'Invoke Error ', error].join('\t');
}
