import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../../..');
/** What is at the root and is not deployed. */
const aside = ['.git', 'node_modules', 'packages', 'test', 'docs', 'bench', 'cdk.out', 'dist'];

/** A copy of the product, to be changed as its team would change it. */
export interface ProductCopy {
  readonly folder: string;
  /** Replaces a part of a file. @throws Error when the file has no such part */
  edit(file: string, part: string | RegExp, replacement: string): void;
  copy(from: string, to: string): void;
  rename(from: string, to: string): void;
  delete(file: string): void;
  /** Removes the copy. */
  remove(): void;
}

/** Copies the product to a folder of its own, with the installed packages of this one. */
export function copyProduct(): ProductCopy {
  const folder = mkdtempSync(path.join(tmpdir(), 'accepted-copy-'));
  // The times stay: the page need not be built anew.
  for (const name of readdirSync(root).filter((each) => !aside.includes(each)))
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true, preserveTimestamps: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const at = (file: string) => path.join(folder, file);
  return {
    folder,
    edit(file, part, replacement) {
      const text = readFileSync(at(file), 'utf8');
      const edited = text.replace(part, replacement);
      if (edited === text) throw new Error(`${file} has no ${part}.`);
      writeFileSync(at(file), edited);
    },
    copy: (from, to) => cpSync(at(from), at(to)),
    rename: (from, to) => renameSync(at(from), at(to)),
    delete: (file) => rmSync(at(file)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
