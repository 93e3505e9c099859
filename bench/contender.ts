/** A stack that takes orders of four stages that do nothing, keeps a status, and tells who waits. */
export interface Contender {
  /** Its name and version. */
  readonly name: string;
  /** All its processes that have no parent among them. */
  pids(): readonly number[];
  /** Submits one order. Resolves with its id once the order is accepted. @throws Error when it is refused */
  accept(): Promise<string>;
  /** What it says of an order. */
  status(id: string): Promise<'completed' | 'unfinished' | 'unknown'>;
  /** Resolves when no order is unfinished. */
  drained(): Promise<void>;
  /** Submits one order and waits until the stack has told of its end. @returns for each message, how long after the change it came, in milliseconds */
  watched(): Promise<readonly number[]>;
  /** How many orders' payments took effect more than once. */
  doubled(): Promise<number>;
  /** Ends all its processes as a power cut does, and starts them again with the data that is left. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** What a module in `peers` exports. A contender keeps its data in the folder. */
export type StartContender = (folder: string) => Promise<Contender>;
