import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type BuildOptions, buildSync, type Metafile, version } from 'esbuild';

/** What decides on a bundle: its files, as they were when it was made. */
interface BundleRecord {
  readonly digest: string;
  /** Relative to the root. */
  readonly inputs: readonly string[];
}

export interface BundleStoreOptions {
  /** The folder that paths of inputs are relative to. It contains `node_modules`. */
  readonly root: string;
  /** Where bundles are kept. */
  readonly folder: string;
  /** How esbuild makes them. */
  readonly options: BuildOptions;
}

/** Bundles of an entry that are kept: those of the latest edits, and of other working copies with the same packages. */
const versions = 4;

/** Where npm notes which packages are installed. */
const installed = ['package-lock.json', 'node_modules/.package-lock.json'];

/**
 * Makes bundles, and keeps each as long as no file that it was made of has changed by a byte.
 *
 * All that must be made are made by one call of esbuild, which parses each file once.
 *
 * @param entries - file of each entry, relative to the root, by its name
 * @returns the folder of each entry's bundle, which contains `index.js` and its source map
 */
export function bundle(
  entries: ReadonlyMap<string, string>,
  { root, folder, options }: BundleStoreOptions,
): ReadonlyMap<string, string> {
  // Source maps name their sources from there.
  const place = path.relative(folder, root);
  const hashes = new Map<string, string>();
  const hashOf = (file: string): string => {
    const known = hashes.get(file) ?? hash(path.join(root, file));
    hashes.set(file, known);
    return known;
  };
  const digestOf = (entry: string, inputs: readonly string[]): string =>
    createHash('sha256')
      .update(JSON.stringify([version, options, place, entry, inputs.map((file) => [file, hashOf(file)])]))
      .digest('hex');

  const found = new Map([...entries.keys()].map((name) => [name, find(name)]));
  const missing = [...entries].filter(([name]) => !found.get(name));
  if (missing.length > 0) build(new Map(missing));
  return found as ReadonlyMap<string, string>;

  function find(name: string): string | undefined {
    const home = path.join(folder, flat(name));
    const kept = recordsOf(home).find(({ digest, inputs }) => digestOf(name, inputs) === digest);
    if (!kept) return undefined;
    const now = new Date();
    utimesSync(path.join(home, `${kept.digest}.json`), now, now);
    return path.join(home, kept.digest);
  }

  function build(wanted: ReadonlyMap<string, string>): void {
    mkdirSync(folder, { recursive: true });
    // As deep as the bundles will be: source maps name their sources relatively.
    const outdir = mkdtempSync(path.join(folder, 'new-'));
    try {
      const { metafile } = buildSync({
        ...options,
        absWorkingDir: root,
        entryPoints: [...wanted].map(([name, file]) => ({ in: file, out: path.join(flat(name), 'index') })),
        outdir,
        metafile: true,
      });
      for (const [name, file] of wanted) {
        found.set(name, keep(name, inputsOf(file, metafile), path.join(outdir, flat(name))));
      }
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  }

  function keep(name: string, inputs: readonly string[], made: string): string {
    const home = path.join(folder, flat(name));
    for (const { digest } of recordsOf(home).slice(versions - 1)) {
      rmSync(path.join(home, `${digest}.json`), { force: true });
      rmSync(path.join(home, digest), { recursive: true, force: true });
    }
    mkdirSync(home, { recursive: true });
    const digest = digestOf(name, inputs);
    const kept = path.join(home, digest);
    // Another process may have made the same.
    if (!existsSync(kept)) renameSync(made, kept);
    // The record comes last and whole: a bundle without one is not found.
    writeFileSync(`${made}.json`, JSON.stringify({ digest, inputs }));
    renameSync(`${made}.json`, `${kept}.json`);
    return kept;
  }
}

/** Records of an entry's bundles, the most recently used first. */
function recordsOf(home: string): BundleRecord[] {
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(home, name))
    .toSorted((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as BundleRecord);
}

/**
 * Every file that an entry imports, directly or not, also those that leave nothing in the bundle; and those that decide
 * which files these are, whether they exist or not.
 */
function inputsOf(entry: string, { inputs }: Metafile): string[] {
  const files = new Set([entry]);
  // A set is iterated in order of insertion, also over what is added meanwhile.
  for (const file of files)
    for (const { path: imported, external } of inputs[file]?.imports ?? [])
      if (!external) files.add(imported);
  const settings = [...files].flatMap((file) => settingsAbove(file));
  return [...new Set([...files, ...settings, ...installed])].toSorted();
}

/** What packages export and what is free of side effects, in a package's package.json; and how TypeScript is read. */
function settingsAbove(file: string): string[] {
  const folders: string[] = [];
  for (
    let folder = path.dirname(file);
    !/(^|\/)(node_modules|\.\.)$/.test(folder);
    folder = path.dirname(folder)
  ) {
    folders.push(folder);
    if (folder === '.') break;
  }
  const names = file.includes('node_modules/') ? ['package.json'] : ['package.json', 'tsconfig.json'];
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
}

const hash = (file: string): string =>
  existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'none';

const flat = (name: string): string => name.replaceAll('/', '-');
