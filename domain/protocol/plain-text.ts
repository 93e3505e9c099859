/**
 * What can break or forge a line in an e-mail, a log or a console: controls and line breaks, the format characters that
 * turn the direction of writing, and whatever else Unicode asks not to show (UAX #44, Default_Ignorable_Code_Point).
 * Lone surrogates, which neither DynamoDB nor JSON stores, are in it too.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** Whether a text is one line of visible characters, so that it reads everywhere as it was written. */
export const isPlainText = (text: string): boolean => !unprintable.test(text);
