// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text in which no character moves the cursor, colours, or reorders others. Line feeds stay. */
export const printable = (text: string): string => text.replace(control, '·');
