import { readDataFile, writeDataFile } from '../storage/data-file.ts';

/** A value that a secret has or had. */
export interface SecretVersion {
  readonly versionId: string;
  readonly value: string;
  /** Seconds since the epoch, as in the API. */
  readonly created: number;
}

/** A secret as it is kept: the version AWSCURRENT, and AWSPREVIOUS if there was one. */
export interface StoredSecret extends SecretVersion {
  readonly previous?: SecretVersion;
  /** The template's value when it was last deployed, which a newer value replaces only where it has changed. */
  readonly declared?: string | undefined;
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
