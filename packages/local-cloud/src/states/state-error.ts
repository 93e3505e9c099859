/** Why a state failed: `error` is what Retry and Catch match, `explanation` becomes the Cause. */
export class StateError extends Error {
  readonly error: string | undefined;
  readonly explanation: string | undefined;

  constructor(error?: string, explanation?: string) {
    super(explanation ?? error ?? 'The state failed.');
    this.error = error;
    this.explanation = explanation;
  }

  /** What a catcher gets, and what a Fail state without Error or Cause leaves out. */
  output(): { readonly Error?: string; readonly Cause?: string } {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.explanation === undefined ? {} : { Cause: this.explanation }),
    };
  }

  /** Adds which state failed to an error of the definition or its data, as the execution history shows it. */
  in(state: string, enteredEventId: number): StateError {
    if (!located.test(this.error ?? '') || this.explanation?.startsWith(prefix)) return this;
    const where = `${prefix} '${state}' (entered at the event id #${enteredEventId}).`;
    return new StateError(this.error, `${where} ${this.explanation}`);
  }
}

/** The definition cannot be applied to this data. Nothing retries or catches it. */
export const runtimeError = (explanation: string): StateError =>
  new StateError('States.Runtime', explanation);

const prefix = 'An error occurred while executing the state';
const located = /^States\.(Runtime|NoChoiceMatched|IntrinsicFailure|ResultPathMatchFailure)$/;
