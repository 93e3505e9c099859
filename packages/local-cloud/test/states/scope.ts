import type { Scope } from '../../src/states/json-path.ts';

/** What an expression reads: this input and context, with chance that is none. */
export const scopeOf = (input: unknown, context: unknown = {}): Scope => ({
  input,
  context,
  chance: { random: () => 0.5, uuid: () => 'ca4c1140-dcc1-40cd-ad05-7b4aa23df4a8' },
});

/** The names and explanations of the errors that states fail with. */
export function errorOf(action: () => unknown): { readonly error?: string; readonly explanation?: string } {
  try {
    return { error: 'none', explanation: JSON.stringify(action()) };
  } catch (error) {
    return error as { readonly error: string };
  }
}
