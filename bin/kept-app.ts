/**
 * The CDK app for starts on this machine: while nothing that the cloud assembly was made of has changed by a byte, it gives
 * the one of an earlier run, which takes a tenth of the time. `cdk deploy` runs `bin/app.ts`.
 */
import { cpSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createArtifactStore } from '../lib/artifact-store.ts';

const root = path.join(import.meta.dirname, '..');
const { CDK_OUTDIR: outdir = 'cdk.out' } = process.env;
/** The context, the account and the region among them. */
const variables = Object.keys(process.env)
  .filter((name) => /^(CDK|JSII|NODE)_/.test(name) && name !== 'CDK_OUTDIR')
  .toSorted();

const store = createArtifactStore({
  root,
  folder: path.join(root, 'node_modules/.cache/accepted/assemblies'),
  // Of several contexts.
  versions: 8,
  facts: {
    root,
    node: process.version,
    variables: variables.map((name) => [name, process.env[name]]),
  },
});

const kept = store.find('app');
if (kept) cpSync(kept, outdir, { recursive: true });
else await synthesizeAndKeep();

async function synthesizeAndKeep(): Promise<void> {
  const modules = new Set<string>();
  registerHooks({
    load(url, context, load) {
      if (url.startsWith('file:')) modules.add(path.relative(root, fileURLToPath(url)));
      return load(url, context);
    },
  });
  const [{ synthesize }, { bundles }] = await Promise.all([import('./app.ts'), import('../lib/bundles.ts')]);
  const app = synthesize();
  // Built while the app is synthesized, where the app does not take it.
  const page = app.node.children.some(({ node }) => node.tryFindChild('Page')) ? ['web/dist'] : [];
  const ofBundles = [...bundles().values()].flatMap(({ inputs }) => inputs);
  store.make((workshop) => {
    const made = path.join(workshop, 'assembly');
    cpSync(outdir, made, { recursive: true });
    const own = ['bin/kept-app.ts', 'lib/artifact-store.ts'];
    store.keep('app', made, [...own, ...modules, ...ofBundles, ...page, 'lambdas']);
  });
}
