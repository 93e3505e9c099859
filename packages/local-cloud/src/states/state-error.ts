/** Why a state failed: `error` is what Retry and Catch match, `explanation` becomes the Cause. */
export class StateError extends Error {
  readonly error: string | undefined;
  readonly explanation: string | undefined;

  constructor(error?: string, explanation?: string) {
    super(explanation ?? error ?? 'The state failed.');
    this.error = error;
    this.explanation = explanation;
  }

  /** What a catcher gets; a Fail state may have no Error or Cause. */
  output(): object {
    const members = Object.entries({ Error: this.error, Cause: this.explanation });
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }

  /** Adds which state failed to an error of the definition or its data, as the execution history shows it. */
  in(state: string, enteredEventId: number): StateError {
    if (!located.test(this.error ?? '') || this.explanation?.startsWith(prefix)) return this;
    const where = `${prefix} '${state}' (entered at the event id #${enteredEventId}).`;
    return new StateError(this.error, `${where} ${this.explanation}`);
  }
}

/** The definition cannot be applied to this data. Nothing retries or catches it. */
export const runtimeError = (cause: string): StateError => new StateError('States.Runtime', cause);

const prefix = 'An error occurred while executing the state';
const located = /^States\.(Runtime|NoChoiceMatched|IntrinsicFailure|ResultPathMatchFailure)$/;
