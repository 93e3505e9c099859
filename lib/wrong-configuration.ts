/** What a deployment was given cannot be deployed. The message has one line for each thing that is wrong. */
export class WrongConfiguration extends Error {
  constructor(wrong: readonly string[]) {
    super(wrong.join('\n'));
  }
}
