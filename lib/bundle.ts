import path from 'node:path';
import { type BuildOptions, buildSync, type Metafile, version } from 'esbuild';
import { createArtifactStore } from './artifact-store.ts';

export interface BundleOptions {
  /** The folder that paths are relative to. It contains `node_modules`. */
  readonly root: string;
  /** Where bundles are kept. */
  readonly folder: string;
  /** How esbuild makes them. */
  readonly options: BuildOptions;
}

export interface Bundle {
  /** Contains `index.js` and its source map. */
  readonly folder: string;
  /** The files that it depends on, relative to the root. */
  readonly inputs: readonly string[];
}

/**
 * Bundles those entries of which a file has changed since they were last bundled on this machine, all with one call of
 * esbuild, which parses each file once.
 *
 * @param entries - file of each entry, relative to the root, by its name
 */
export function bundle(
  entries: ReadonlyMap<string, string>,
  { root, folder, options }: BundleOptions,
): ReadonlyMap<string, Bundle> {
  const store = createArtifactStore({ root, folder, facts: [version, options], versions: 4 });
  const found = new Map([...entries.keys()].map((name) => [name, store.find(name)]));
  const missing = [...entries].filter(([name]) => !found.get(name));
  if (missing.length > 0) store.make(build);
  return new Map(
    [...(found as Map<string, string>)].map(([name, kept]) => [
      name,
      { folder: kept, inputs: store.inputsOf(kept) },
    ]),
  );

  function build(outdir: string): void {
    const out = (name: string) => name.replaceAll('/', '-');
    const { metafile } = buildSync({
      ...options,
      absWorkingDir: root,
      entryPoints: missing.map(([name, file]) => ({ in: file, out: path.join(out(name), 'index') })),
      outdir,
      metafile: true,
    });
    for (const [name, file] of missing)
      found.set(name, store.keep(name, path.join(outdir, out(name)), importedBy(file, metafile)));
  }
}

/** A file and every file that it imports, directly or not, also those that leave nothing in the bundle. */
function importedBy(entry: string, { inputs }: Metafile): Set<string> {
  const files = new Set([entry]);
  // A set is iterated in order of insertion, also over what is added meanwhile.
  for (const file of files)
    for (const { path: imported, external } of inputs[file]?.imports ?? [])
      if (!external) files.add(imported);
  return files;
}
