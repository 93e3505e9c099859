import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { buildApp } from '../../bin/app.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { deployments } from './deployments.ts';

/** Synthesizes every deployment once before all infrastructure tests, and passes them the folders. */
export default function synthesize(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-'));
  const webFolder = mkdtempSync(path.join(tmpdir(), 'accepted-page-'));
  writeFileSync(path.join(webFolder, 'index.html'), '<!doctype html>');
  process.once('exit', () => {
    for (const each of [folder, webFolder]) rmSync(each, { recursive: true, force: true });
  });
  for (const [name, context] of Object.entries(deployments)) {
    const app = buildApp({
      context: { ...cdkJson.context, ...context },
      outdir: path.join(folder, name),
      analyticsReporting: false,
      webFolder,
    });
    const [stack] = app.node.children.filter((child) => Stack.isStack(child));
    const template = Template.fromStack(stack as Stack);
    // After the synthesis, which applies what changes the whole tree.
    const packs = [new AwsSolutionsChecks(), new ServerlessChecks()];
    const findings = packs.flatMap((pack) => pack.validateScope(app).violations);
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(template.toJSON()));
    writeFileSync(path.join(folder, `${name}.findings.json`), JSON.stringify(findings));
  }
  Object.assign(process.env, { TEMPLATES_UNDER_TEST: folder });
}
