/**
 * Loaded before a program (`node --import`): writes to the file that `READS` names what the program read, as JSON: modules,
 * other files and folders, and variables of its environment.
 */
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const { writeFileSync } = fs;
const { READS: report = '' } = process.env;
const [modules, files, variables] = [new Set<string>(), new Set<string>(), new Set<string>()];

registerHooks({
  load(url, context, load) {
    if (url.startsWith('file:')) modules.add(fileURLToPath(url));
    return load(url, context);
  },
});

/** What the store of artifacts reads, it compares with what it keeps, of other contexts too. */
const isComparison = (): boolean => new Error().stack?.includes('/artifact-store.ts') ?? false;

const readers = Object.entries(fs).filter(([name]) =>
  /^(read|stat|lstat|open|exists|access|cp|copy).*Sync$/.test(name),
);
for (const [name, reader] of readers)
  Object.assign(fs, {
    [name]: Object.assign((...args: unknown[]) => {
      if (typeof args[0] === 'string' && !isComparison()) files.add(path.resolve(args[0]));
      return (reader as (...args: unknown[]) => unknown)(...args);
    }, reader),
  });
syncBuiltinESMExports();

process.env = new Proxy(process.env, {
  get(environment, name) {
    variables.add(String(name));
    return environment[String(name)];
  },
});

process.on('exit', () =>
  writeFileSync(
    report,
    JSON.stringify({ modules: [...modules], files: [...files], variables: [...variables] }),
  ),
);
