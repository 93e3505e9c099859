import { describe, expect, it } from '@jest/globals';
import type { FunctionDefinition, Invocation } from '../../src/lambda/functions.ts';
import { endLines, startLine } from '../../src/lambda/lambda-lines.ts';

const at = new Date('2026-01-20T15:30:00.000Z');
const failure: Invocation = {
  ok: false,
  kind: 'handled',
  errorType: 'PaymentDeclined',
  errorMessage: 'no funds',
  trace: ['PaymentDeclined: no funds'],
};
const timeout: Invocation = {
  ok: false,
  kind: 'unhandled',
  errorType: 'Sandbox.Timedout',
  errorMessage: 'RequestId: r1 Error: Task timed out after 3.00 seconds',
};
const success: Invocation = { ok: true, payload: 1 };

function definition(format: 'JSON' | 'Text'): FunctionDefinition {
  return { memoryMb: 128, logging: { group: 'g', format, level: 'INFO' } } as FunctionDefinition;
}

describe("Lambda's own lines", () => {
  it('are JSON where the function logs JSON', () => {
    const json = definition('JSON');
    const time = at.toISOString();
    const report = (status: string) => ({
      time,
      type: 'platform.report',
      record: {
        requestId: 'r1',
        metrics: { durationMs: 1.25, billedDurationMs: 2, memorySizeMB: 128 },
        status,
      },
    });
    const ending = (invocation: Invocation) =>
      endLines(json, 'r1', { invocation, ms: 1.2501 }, at).map((line) => JSON.parse(line));

    expect(JSON.parse(startLine(json, 'r1', at))).toEqual({
      time,
      type: 'platform.start',
      record: { requestId: 'r1', version: '$LATEST' },
    });
    expect(ending(success)).toEqual([report('success')]);
    expect(ending(timeout)).toMatchObject([{ level: 'ERROR' }, report('timeout')]);
    expect(ending(failure)).toEqual([
      {
        timestamp: time,
        level: 'ERROR',
        requestId: 'r1',
        message: {
          errorType: 'PaymentDeclined',
          errorMessage: 'no funds',
          stackTrace: ['PaymentDeclined: no funds'],
        },
      },
      report('error'),
    ]);
  });

  it('are text elsewhere', () => {
    const text = definition('Text');
    const ending = (invocation: Invocation) => endLines(text, 'r1', { invocation, ms: 0.5 }, at);
    const end = [
      'END RequestId: r1',
      'REPORT RequestId: r1\tDuration: 0.5 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB',
    ];

    expect(startLine(text, 'r1', at)).toBe('START RequestId: r1 Version: $LATEST');
    expect(ending(success)).toEqual(end);
    expect(ending(timeout)).toEqual([
      'RequestId: r1 Error: Task timed out after 3.00 seconds\nSandbox.Timedout',
      ...end,
    ]);
    expect(ending(failure)).toEqual([
      '2026-01-20T15:30:00.000Z\tr1\tERROR\tInvoke Error \t{"errorType":"PaymentDeclined","errorMessage":"no funds","stack":["PaymentDeclined: no funds"]}',
      ...end,
    ]);
  });
});
