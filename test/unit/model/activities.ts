/**
 * What becomes of an effect: it is `done`; it `fails`, and nothing happened; it is done and its answer `lost`; or the
 * function that asked for it dies, before or after.
 */
export type Fate = 'done' | 'fails' | 'lost' | 'dies-before' | 'dies-after';

/** A function at work. It performs one effect a turn, and waits for its turn before each. */
export interface Activity {
  readonly name: string;
  /** Waits for the next turn, then performs an effect. */
  effect<T>(label: string, perform: () => Promise<T>): Promise<T>;
  /** Calls a function that may die on the way. @throws FunctionDied */
  call<T>(run: () => Promise<T>): Promise<T>;
}

/** The function that was called is gone, and took whatever it was about to do with it. */
export class FunctionDied extends Error {
  override readonly name = 'FunctionDied';
}

interface Turn {
  readonly activity: string;
  readonly label: string;
  take(fate: Fate): void;
}

/** Functions at work at the same time, one effect after the other in an order that somebody else decides. */
export class Activities {
  readonly #turns: Turn[] = [];
  #moving = 0;
  #still = Promise.withResolvers<void>();

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#turns.length;
  }

  /** Gives the one that waits for this its turn: `reconcile: jobs.change`. */
  perform(turn: string): Promise<string> {
    const names = this.#turns.map(({ activity, label }) => `${activity}: ${label}`);
    if (!names.includes(turn))
      throw new Error(`Nobody waits for ${turn}; those who wait: ${names.join(', ')}`);
    return this.advance(names.indexOf(turn), 'done');
  }

  /** Ends everybody where they wait, as a power cut does. */
  abandon(): void {
    this.#turns.splice(0);
  }

  /** Begins an activity; its first effect waits for its turn. How it ends is nobody's business. */
  async begin(name: string, run: (activity: Activity) => Promise<unknown>): Promise<void> {
    this.#move();
    /** Of the function that was called last. */
    let died = Promise.withResolvers<never>();
    const activity: Activity = {
      name,
      effect: async (label, perform) => {
        const fate = await this.#turn(name, label);
        if (fate === 'fails') throw new Error(`${label} failed`);
        if (fate !== 'dies-before') {
          const result = await perform();
          if (fate === 'done') return result;
          if (fate === 'lost') throw new Error(`The answer of ${label} was lost`);
        }
        died.reject(new FunctionDied(name));
        return new Promise(() => {});
      },
      call: (run) => {
        const death = Promise.withResolvers<never>();
        died = death;
        return Promise.race([death.promise, run()]);
      },
    };
    void activity
      .call(() => run(activity))
      .catch(() => {})
      .finally(() => this.#rest());
    await this.settled();
  }

  /** Waits until everybody waits for a turn, or has ended. */
  async settled(): Promise<void> {
    if (this.#moving > 0) await this.#still.promise;
  }

  /** Gives one of those that wait its turn, and lets it go on to its next effect or its end. */
  async advance(choice: number, fate: Fate): Promise<string> {
    const [turn] = this.#turns.splice(choice % this.#turns.length, 1);
    if (!turn) return 'nobody';
    this.#move();
    turn.take(fate);
    await this.settled();
    return `${turn.activity}: ${turn.label} ${fate}`;
  }

  #turn(activity: string, label: string): Promise<Fate> {
    const { promise, resolve } = Promise.withResolvers<Fate>();
    this.#turns.push({ activity, label, take: resolve });
    this.#rest();
    return promise;
  }

  #move(): void {
    if (this.#moving++ === 0) this.#still = Promise.withResolvers();
  }

  #rest(): void {
    if (--this.#moving === 0) this.#still.resolve();
  }
}
