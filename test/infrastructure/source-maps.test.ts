import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { assetOf, functionNamed, functionsOf, template } from '../support/stack.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'accepted-code-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The stack trace with which a deployment's function, far from its sources, refuses to start without variables. */
function stackTraceOf(name: string, deployment: 'development' | 'production'): string {
  const code = path.join(folder, deployment, name);
  cpSync(assetOf(name, deployment), code, { recursive: true });
  const { NODE_OPTIONS = '' } = functionNamed(name, template(deployment)).Environment.Variables;
  const load = `try { require(${JSON.stringify(code)}) } catch (error) { console.log(error.stack) }`;
  return spawnSync(process.execPath, ['-e', load], { env: { NODE_OPTIONS }, encoding: 'utf8' }).stdout;
}

describe('source maps', () => {
  it('let stack traces of production name the TypeScript files and lines', () => {
    const trace = stackTraceOf('ApiAccept', 'production');

    expect(trace).toMatch(/at environmentOf \(.*\/lambdas\/runtime\/environment\.ts:\d+:\d+\)/);
    expect(trace).toMatch(/\/lambdas\/api\/accept\.ts:\d+:\d+/);
  });

  it('are deployed with every function of production, without the sources themselves', () => {
    for (const name of Object.keys(functionsOf(template('production')))) {
      const map = JSON.parse(readFileSync(path.join(assetOf(name, 'production'), 'index.js.map'), 'utf8'));

      expect(map.sourcesContent).toBeUndefined();
    }
  });

  it('are neither deployed nor read in development', () => {
    expect(stackTraceOf('ApiAccept', 'development')).toMatch(/at environmentOf \(.*\/index\.js:\d+:\d+\)/);
    for (const [name, { Properties }] of Object.entries(functionsOf())) {
      expect(existsSync(path.join(assetOf(name, 'development'), 'index.js.map'))).toBe(false);
      expect(Properties.Environment.Variables).not.toHaveProperty('NODE_OPTIONS');
    }
  });
});
