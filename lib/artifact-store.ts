import { createHash, randomUUID } from 'node:crypto';
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

export interface ArtifactStoreOptions {
  /** The folder that paths of inputs are relative to. It contains `node_modules`. */
  readonly root: string;
  /** Where artifacts are kept. */
  readonly folder: string;
  /** What else decides on an artifact, as JSON. */
  readonly facts: unknown;
  /** Artifacts of a name that are kept, the most recently used: of edits, and of other working copies with the same packages. */
  readonly versions: number;
}

/** Kernels stamp files with the time of the last timer tick, which is up to so long ago. */
export const clockTickMs = 10;

/** What is known of an artifact. */
interface ArtifactRecord {
  readonly digest: string;
  readonly inputs: readonly string[];
}

/** Where npm notes which packages are installed. */
const installed = ['package-lock.json', 'node_modules/.package-lock.json'];

/**
 * Keeps folders that were made of files, each as long as none of these files has changed by a byte.
 */
export function createArtifactStore({ root, folder, facts, versions }: ArtifactStoreOptions) {
  // What is made may name files from there.
  const place = path.relative(folder, root);
  const since = Date.now() - clockTickMs;
  const hashes = new Map<string, string>();

  function hashOf(input: string): string {
    const known = hashes.get(input) ?? hash(path.join(root, input));
    hashes.set(input, known);
    return known;
  }

  const digestOf = (name: string, inputs: readonly string[]): string =>
    createHash('sha256')
      .update(JSON.stringify([facts, place, name, inputs.map((input) => [input, hashOf(input)])]))
      .digest('hex');

  return {
    /** The artifact's folder, if all that it was made of is as it was. */
    find(name: string): string | undefined {
      const home = path.join(folder, flat(name));
      const kept = recordsOf(home).find(({ digest, inputs }) => digestOf(name, inputs) === digest);
      if (!kept) return undefined;
      const now = new Date();
      return unlessGone(() => {
        utimesSync(path.join(home, `${kept.digest}.json`), now, now);
        return path.join(home, kept.digest);
      });
    },

    /** Makes artifacts in a new folder, which is as deep as they will be and is removed afterwards. */
    make<Made>(work: (workshop: string) => Made): Made {
      mkdirSync(folder, { recursive: true });
      const workshop = mkdtempSync(path.join(folder, 'new-'));
      try {
        return work(workshop);
      } finally {
        rmSync(workshop, { recursive: true, force: true });
      }
    },

    /**
     * Takes a folder into the store. It is never found when a file has changed since the store was opened, because then
     * nobody knows which state of the file it was made of.
     *
     * @param files - what it was made of, relative to the root; a folder stands for all files in it
     * @returns where it is from now on
     */
    keep(name: string, made: string, files: Iterable<string>): string {
      const home = path.join(folder, flat(name));
      for (const { digest } of recordsOf(home).slice(versions - 1)) {
        rmSync(path.join(home, `${digest}.json`), { force: true });
        rmSync(path.join(home, digest), { recursive: true, force: true });
      }
      mkdirSync(home, { recursive: true });
      const inputs = withSettings(files);
      const hasChanged = inputs.some((input) => changedAt(path.join(root, input)) >= since);
      const digest = hasChanged ? randomUUID() : digestOf(name, inputs);
      const kept = path.join(home, digest);
      // Another process may have made the same.
      if (!existsSync(kept)) renameSync(made, kept);
      // The record comes last and whole: an artifact without one is not found.
      writeFileSync(`${made}.json`, JSON.stringify({ digest, inputs }));
      renameSync(`${made}.json`, `${kept}.json`);
      return kept;
    },

    /** What an artifact of the store was made of, relative to the root. */
    inputsOf: (kept: string): readonly string[] => recordOf(`${kept}.json`).inputs,
  };
}

const recordOf = (file: string): ArtifactRecord => JSON.parse(readFileSync(file, 'utf8'));

/** The most recently used first. */
function recordsOf(home: string): ArtifactRecord[] {
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const file = path.join(home, name);
      return unlessGone(() => ({ usedAt: statSync(file).mtimeMs, record: recordOf(file) })) ?? [];
    })
    .toSorted((one, other) => other.usedAt - one.usedAt)
    .map(({ record }) => record);
}

/** Undefined if another process, which makes room for its own artifacts, has removed the file. */
function unlessGone<Found>(look: () => Found): Found | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Files, and those that decide which files a module's imports are, whether they exist or not. */
function withSettings(files: Iterable<string>): string[] {
  const all = [...files];
  return [...new Set([...all, ...all.flatMap(settingsAbove), ...installed])].toSorted();
}

/** What packages export and what is free of side effects, in a package's package.json; and how TypeScript is read. */
function settingsAbove(file: string): string[] {
  const folders: string[] = [];
  for (
    let above = path.dirname(file);
    !/(^|\/)(node_modules|\.\.)$/.test(above);
    above = path.dirname(above)
  ) {
    folders.push(above);
    if (above === '.') break;
  }
  const names = file.includes('node_modules/') ? ['package.json'] : ['package.json', 'tsconfig.json'];
  return folders.flatMap((above) => names.map((name) => path.join(above, name)));
}

function hash(file: string): string {
  if (!existsSync(file)) return 'none';
  const content = statSync(file).isDirectory()
    ? readdirSync(file)
        .toSorted()
        .flatMap((name) => [name, hash(path.join(file, name))])
    : [readFileSync(file)];
  return content.reduce((sum, part) => sum.update(part), createHash('sha256')).digest('hex');
}

/** A folder changes with the names in it. A tool can set the time of the last modification, but not this. */
const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0;

const flat = (name: string): string => name.replaceAll('/', '-');
