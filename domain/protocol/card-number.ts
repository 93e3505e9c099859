/** How card numbers are written: what separates groups of digits, and how short a group may be. */
const notations = [
  // One space or dash between any two digits.
  { groups: /\d+(?:[\s\p{Pd}−]\d+)*/gu, shortest: 1 },
  // Up to three characters that are neither letters nor digits. Groups of four digits, because dates, addresses and
  // phone numbers have shorter ones.
  { groups: /\d+(?:[^\p{L}\p{N}]{1,3}\d+)*/gu, shortest: 4 },
];

/** Length of the longest card numbers (ISO/IEC 7812-1). */
const maxDigits = 19;

/** Prefix and length of the card schemes in use (ISO/IEC 7812). They exclude most article and phone numbers. */
const schemes =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|3[47]\d{13}|3(?:0|6|8|9)\d{12,17}|35\d{14,17}|(?:5\d|2[2-7]|6\d)\d{14,17}|(?:8[12]\d\d|9792)\d{12})$/;

/**
 * Whether a text contains what looks like a payment card number (PAN): the prefix and length of a scheme and a valid
 * Luhn check digit (ISO/IEC 7812-1, annex B). The digits may be of any script, grouped, or escaped as in a URL. Such
 * values are refused in every field, so that no card number reaches a table or a log.
 */
export function holdsCardNumber(text: string): boolean {
  return [text, unescaped(text)]
    .map(plain)
    .some((candidate) => notations.some((notation) => isFoundIn(candidate, notation)));
}

function isFoundIn(text: string, { groups, shortest }: (typeof notations)[number]): boolean {
  for (const [run] of text.matchAll(groups)) {
    const parts = run.match(/\d+/g) ?? [];
    // There may be other numbers around a card number, such as a quantity before it and its expiry after it.
    for (let first = 0; first < parts.length; first++) {
      let digits = '';
      for (let last = first; last < parts.length && digits.length < maxDigits; last++) {
        digits += parts[last];
        if (schemes.test(digits) && passesLuhn(digits)) return true;
        // Only the last group may be shorter.
        if ((parts[last]?.length ?? 0) < shortest) break;
      }
    }
  }
  return false;
}

/** The text with the digits of every script as 0 to 9, and without invisible characters. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/(?!\d)\p{Nd}/gu, digitOf);

/** In Unicode the decimal digits of a script are consecutive, from 0 to 9, and scripts may be adjacent (chapter 4.6). */
function digitOf(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  let first = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return String((codePoint - first) % 10);
}

/** The text with the escapes of a URL decoded, except those that are not UTF-8. */
const unescaped = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i));
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}
