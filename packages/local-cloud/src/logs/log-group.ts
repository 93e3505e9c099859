/** One line of a log. */
export interface LogEvent {
  /** Grows with every event of the group. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly stream: string;
  readonly message: string;
}

/** Events of a group that are kept; the oldest go first. */
const maxEvents = 10_000;

/** The newest 10,000 events of one log group, in memory. */
export class LogGroup {
  readonly name: string;
  readonly created: number;
  #events: LogEvent[] = [];
  #next = 0;

  /** @param created Epoch milliseconds. */
  constructor(name: string, created: number) {
    this.name = name;
    this.created = created;
  }

  /** Adds an event. */
  add(stream: string, message: string, time: number): void {
    this.#events.push({ seq: this.#next++, time, stream, message });
    // Cut rarely, because cutting copies.
    if (this.#events.length > maxEvents + 1_000) this.#events = this.#events.slice(-maxEvents);
  }

  /** The events that are kept, oldest first. */
  events(): readonly LogEvent[] {
    return this.#events.slice(-maxEvents);
  }
}
