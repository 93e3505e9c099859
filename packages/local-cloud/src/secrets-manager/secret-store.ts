import { readDataFile, writeDataFile } from '../storage/data-file.ts';

/** A secret as it is kept. */
export interface StoredSecret {
  readonly value: string;
  /** Seconds since the epoch, as the API tells it. */
  readonly created: number;
  /** Changes with the value. */
  readonly versionId: string;
}

/** Values of secrets by name, in a file that only this user may read; in memory without one. */
export class SecretStore {
  readonly #file: string | undefined;
  readonly #secrets: Map<string, StoredSecret>;

  constructor(file?: string) {
    this.#file = file;
    const kept = file === undefined ? undefined : readDataFile(file);
    this.#secrets = new Map(Object.entries((kept ?? {}) as Record<string, StoredSecret>));
  }

  get(name: string): StoredSecret | undefined {
    return this.#secrets.get(name);
  }

  set(name: string, secret: StoredSecret): void {
    this.#secrets.set(name, secret);
    if (this.#file !== undefined) writeDataFile(this.#file, Object.fromEntries(this.#secrets));
  }
}
