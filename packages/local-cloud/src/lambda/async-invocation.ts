import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Sqs } from '../sqs/sqs.ts';
import type { Cloud } from '../wire/cloud.ts';
import type { Invocation } from './functions.ts';

/** How a function's asynchronous invocations end: `AWS::Lambda::EventInvokeConfig`. */
export interface AsyncSettings {
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  /** ARN of the queue that hears of events given up. */
  readonly onFailureArn?: string | undefined;
}

/** What of the cloud asynchronous invocations need. */
export type AsyncCloud = Pick<Cloud, 'functions' | 'services' | 'log'> & {
  readonly options: Pick<Cloud['options'], 'timeScale'>;
};

const lambdaDefaults: AsyncSettings = { maxRetries: 2, maxAgeMs: 6 * 60 * 60 * 1000 };
/** Before the first and the second retry after an error of the function. */
const errorPausesMs = [60_000, 120_000];
/** Pauses while the function cannot be reached grow between these. */
const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60_000;

const configured = new WeakMap<object, Map<string, AsyncSettings>>();

/** Sets how asynchronous invocations of a function are retried. */
export function configureAsync(
  cloud: AsyncCloud,
  functionArn: string,
  settings: Partial<AsyncSettings>,
): void {
  const all = configured.get(cloud) ?? new Map<string, AsyncSettings>();
  configured.set(cloud, all.set(functionArn, { ...lambdaDefaults, ...settings }));
}

/**
 * Invokes a function as Lambda's own event queue does: errors are retried twice, throttles for hours. Never rejects.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function invokeAsync(
  cloud: AsyncCloud,
  functionArn: string,
  payload: unknown,
  stopping: AbortSignal,
): Promise<void> {
  const settings = configured.get(cloud)?.get(functionArn) ?? lambdaDefaults;
  const begun = Date.now();
  let errors = 0;
  let invocations = 0;
  let pauseMs = firstPauseMs;
  while (!stopping.aborted) {
    const invocation = await cloud.functions.invoke(functionArn, payload);
    if (invocation.ok || stopping.aborted) return;
    invocations += 1;
    const isReached = !['throttled', 'service'].includes(invocation.kind);
    if (isReached) errors += 1;
    if (errors > settings.maxRetries) {
      return giveUp(cloud, functionArn, payload, invocation, 'RetriesExhausted', invocations, settings);
    }
    const pause = isReached ? (errorPausesMs[errors - 1] ?? longestPauseMs) : pauseMs;
    if (Date.now() + pause * cloud.options.timeScale - begun > settings.maxAgeMs) {
      return giveUp(cloud, functionArn, payload, invocation, 'EventAgeExceeded', invocations, settings);
    }
    await wait(pause * cloud.options.timeScale, undefined, { signal: stopping }).catch(() => {});
    if (!isReached) pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

function giveUp(
  { log, services }: AsyncCloud,
  functionArn: string,
  requestPayload: unknown,
  { errorType, errorMessage, trace }: Extract<Invocation, { ok: false }>,
  condition: 'RetriesExhausted' | 'EventAgeExceeded',
  approximateInvokeCount: number,
  { onFailureArn }: AsyncSettings,
): void {
  log({
    level: 'warn',
    message: `An event for ${functionArn} was given up`,
    condition,
    errorType,
    errorMessage,
  });
  if (!onFailureArn) return;
  const notice = {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount,
    },
    requestPayload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType, errorMessage, ...(trace && { trace }) },
  };
  (services.get('sqs') as Sqs).queue(onFailureArn).send({ body: JSON.stringify(notice) });
}
