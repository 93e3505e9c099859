import { type BatchOperation, type Store, sameItem } from './dynalite.ts';
import { type Change, recordOperation } from './stream-log.ts';
import type { Streams } from './streams.ts';

/** Changes that happen together or not at all. */
export interface Commit {
  readonly operations: readonly BatchOperation[];
  readonly changes: readonly Change[];
}

interface Waiting extends Commit {
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Writes commits in order, each as one LevelDB batch with its stream records: after a crash either both are there
 * or neither. Commits that wait meanwhile share the next batch.
 */
export class Commits {
  readonly #store: Store;
  readonly #streams: Streams;
  readonly #changed: (change: Change) => void;
  #waiting: Waiting[] = [];
  #droppedKeys: string[] = [];
  #running = false;

  constructor(store: Store, streams: Streams, changed: (change: Change) => void) {
    this.#store = store;
    this.#streams = streams;
    this.#changed = changed;
  }

  /** Settles when the changes are written and their records can be read. A write that changes nothing is none. */
  async write(commit: Commit): Promise<void> {
    const changes = commit.changes.filter(({ before, after }) => !sameItem(before, after));
    if (changes.length === 0) return;
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ operations: commit.operations, changes, done });
    if (!this.#running) void this.#run();
    await done.promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeGroup(group);
        for (const { done } of group) done.resolve();
      } catch (error) {
        for (const { done } of group) done.reject(error);
      }
    }
    this.#running = false;
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const changes = group.flatMap((commit) => commit.changes);
    const records = this.#streams.prepare(changes);
    await this.#store.db.batch([
      ...group.flatMap((commit) => commit.operations),
      ...records.map(recordOperation),
      ...this.#droppedKeys.map((key) => ({ type: 'del' as const, key })),
    ]);
    this.#droppedKeys = this.#streams.append(records);
    for (const change of changes) this.#changed(change);
  }
}
