import { describe } from '@jest/globals';
import { deployed } from './deployed.ts';

const { E2E_DYNAMODB } = process.env;

/** What tests may need beyond the public URLs of a stack and one owner's token, and whether this run has it. */
const needs = {
  'a second owner (--other-token)': deployed === undefined || deployed.otherToken !== undefined,
  'an owner without a past': deployed === undefined,
  'the control routes of a local cloud': deployed === undefined,
  // It would be on the embedded DynamoDB, and so repeat what a run without `--dynamodb` shows.
  'a local cloud of its own': deployed === undefined && E2E_DYNAMODB === undefined,
};

/** Something that tests need. */
export type Need = keyof typeof needs;

/**
 * `describe` for tests that need something: a run that does not have it leaves them out, and `LeftOut` reports them by the
 * end of their name.
 */
export const needing =
  (need: Need) =>
  (name: string, tests: () => void): void =>
    needs[need] ? describe(name, tests) : describe.skip(`${name} (needs ${need})`, tests);
