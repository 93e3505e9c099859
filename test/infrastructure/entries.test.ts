import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { entriesOf } from '../../lib/entries.ts';

const handler = 'export const handler = async () => {};\n';

let lambdas: string;
beforeEach(() => {
  lambdas = mkdtempSync(path.join(tmpdir(), 'accepted-lambdas-'));
  write('api/accept', handler);
  write('stages/validation', handler);
  write('settlement/compensate', 'export const compensate = 1;\n');
});
afterEach(() => rmSync(lambdas, { recursive: true, force: true }));

function write(name: string, source: string): void {
  const file = path.join(lambdas, `${name}.ts`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, source);
}

const entries = (functions = ['api/accept'], stages = ['validation']) =>
  entriesOf(lambdas, { functions, stages });

describe('the functions to bundle', () => {
  it('are the rows of both tables', () => {
    expect(entries()).toEqual(['api/accept', 'stages/validation']);
  });

  it('grow by a stage with one row and one file', () => {
    write('stages/fraud-check', handler);

    expect(entries(['api/accept'], ['validation', 'fraud-check'])).toContain('stages/fraud-check');
  });

  it('list a stage with variables of its own once', () => {
    expect(entries(['api/accept', 'stages/validation'])).toEqual(['api/accept', 'stages/validation']);
  });
});

describe('synthesis is refused', () => {
  it('when a stage has a file and no row', () => {
    write('stages/fraud-check', handler);

    expect(() => entries()).toThrow(
      'lambdas/stages/fraud-check.ts is a function that domain/stages.ts does not list',
    );
  });

  it('when a file in the folder of stages is no stage', () => {
    write('stages/rules', 'export const rules = [];\n');

    expect(() => entries()).toThrow('lambdas/stages/rules.ts');
  });

  it('when a stage has a row and no file', () => {
    expect(() => entries(['api/accept'], ['validation', 'fraud-check'])).toThrow(
      'lambdas/stages/fraud-check.ts does not exist, but domain/stages.ts lists it',
    );
  });

  it('when a stage has variables and no row in the stage table', () => {
    expect(() => entries(['api/accept', 'stages/fraud-check'])).toThrow(
      "lambdas/runtime/environment.ts lists 'stages/fraud-check', but domain/stages.ts has no such stage",
    );
  });

  it.each(['api/accept', 'stages/validation'])('when %s exports no handler', (name) => {
    write(name, '// export const handler = 1;\nexport const handlers = [];\n');

    expect(() => entries()).toThrow(`lambdas/${name}.ts exports no handler`);
  });

  it('when another function has a file and no row', () => {
    write('webhooks/deliver', handler);

    expect(() => entries()).toThrow(
      'lambdas/webhooks/deliver.ts is a function that lambdas/runtime/environment.ts does not list',
    );
  });

  it('when another function has a row and no file', () => {
    expect(() => entries(['api/accept', 'api/status'])).toThrow(
      'lambdas/api/status.ts does not exist, but lambdas/runtime/environment.ts lists it',
    );
  });
});
