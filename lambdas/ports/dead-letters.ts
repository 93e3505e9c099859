/** A dead-letter queue: what a function gave up, whole, for an operator. */
export interface DeadLetters {
  send(letter: unknown): Promise<void>;
}
