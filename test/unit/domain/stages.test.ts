import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { statusDocument } from '../../../domain/job/status.ts';
import { acceptJob, transition } from '../../../domain/job/transitions.ts';
import { type StageTable, stages } from '../../../domain/stages.ts';
import { OrderWorkflow } from '../../../lib/order-workflow.ts';
import { jobId, now, owner, ticket, urls } from '../../support/builders.ts';
import { fourStages } from '../../support/four-stages.ts';

const table: StageTable = stages;

describe('the stage table', () => {
  it('has one file for each row, and none besides', () => {
    const folder = path.join(import.meta.dirname, '../../../lambdas/stages');

    const files = readdirSync(folder).map((file) => path.basename(file, '.ts'));

    expect(files.sort()).toEqual(table.map(({ name }) => name).sort());
  });

  it.each(table.map(({ name }) => name))('has %s run by the file of that name', (name) => {
    const file = path.join(import.meta.dirname, `../../../lambdas/stages/${name}.ts`);

    const [, runs] = /createStage\(\s*'([^']+)'/.exec(readFileSync(file, 'utf8')) ?? [];

    expect(runs).toBe(name);
  });

  it('names every stage and every state once', () => {
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
    expect(new Set(table.map(({ state }) => state)).size).toBe(table.length);
  });

  it('retries for hours what must be done, and ends long before the execution does', () => {
    const longestMs = (stage: StageTable[number]) => {
      const { maxRetries, intervalSeconds, backoffRate, maxDelaySeconds } = stage.retry;
      const pauses = Array.from({ length: maxRetries }, (_, i) =>
        Math.min(maxDelaySeconds, intervalSeconds * backoffRate ** i),
      );
      return pauses.reduce((sum, pause) => sum + pause + stage.timeoutSeconds, 0);
    };

    const allSeconds = table.reduce((sum, stage) => sum + longestMs(stage), 0);

    expect(allSeconds).toBeLessThan(2 * 86_400);
    for (const stage of table.filter(({ bestEffort }) => !bestEffort)) {
      expect(longestMs(stage)).toBeGreaterThan(3_600);
    }
  });
});

describe('a fifth stage in the table', () => {
  const packing: StageTable[number] = {
    name: 'packing',
    state: 'Pack order',
    purpose: 'Packs what was ordered.',
    expectedMs: 400,
    timeoutSeconds: 7,
    retry: { maxRetries: 3, intervalSeconds: 1, backoffRate: 2, maxDelaySeconds: 10 },
  };
  const four: StageTable = fourStages;
  const five = four.toSpliced(3, 0, packing);
  const accepted = acceptJob({ jobId, owner, ticket, retentionDays: 30, redriveSeconds: 3_600 }, now, five);

  it('becomes a step of the status document', () => {
    expect(statusDocument(accepted, urls, now).steps.map((step) => step.name)).toEqual([
      'validation',
      'payment',
      'order-creation',
      'packing',
      'email',
    ]);
  });

  it('counts in progress and estimate', () => {
    const { name } = five[0] ?? packing;
    const job = transition(accepted, { type: 'stage-completed', stage: name, attempt: 1 }, now, five);

    expect(statusDocument(job, urls, now).progress).toBe(20);
    const shorter = acceptJob(
      { jobId, owner, ticket, retentionDays: 30, redriveSeconds: 3_600 },
      now,
      fourStages,
    );
    expect(Date.parse(accepted.estimatedCompletion ?? '')).toBe(
      Date.parse(shorter.estimatedCompletion ?? '') + packing.expectedMs,
    );
  });

  it('becomes a state of the workflow, in its place, with its own retries and timeout', () => {
    const states = statesOf(five);

    expect(states['Create order']?.Next).toBe('Pack order');
    expect(states['Pack order']).toMatchObject({
      Type: 'Task',
      Next: 'Send confirmation',
      TimeoutSeconds: 12,
      Retry: [{ ErrorEquals: ['OrderRefused', 'OrderCancelled'] }, { MaxAttempts: 3, MaxDelaySeconds: 10 }],
    });
  });
});

it('a workflow without stages is refused', () => {
  expect(() => statesOf([])).toThrow('The stage table is empty');
});

interface State {
  readonly Type: string;
  readonly Next?: string;
}

/** The states of a workflow with this table and a function for each row. */
function statesOf(rows: StageTable): Record<string, State> {
  const stack = new Stack(new App(), 'Test', { env: { account: '000000000000', region: 'eu-test-1' } });
  const functionOf = (name: string) =>
    LambdaFunction.fromFunctionArn(stack, name, `arn:aws:lambda:eu-test-1:000000000000:function:${name}`);
  new OrderWorkflow(stack, 'Workflow', {
    stages: rows.map((stage) => ({ stage, function: functionOf(stage.name) })),
    settlement: functionOf('settlement'),
    releases: undefined,
    config: { logRetentionDays: 7, retainData: false, tracing: false },
  });
  const [{ Properties } = { Properties: {} }] = Object.values(
    Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'),
  );
  const { DefinitionString: text } = Properties;
  return JSON.parse(
    typeof text === 'string'
      ? text
      : text['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'x')).join(''),
  ).States;
}
