/** The ways in which card numbers are written: what stands between groups of digits, and how short a group may be. */
const ways = [
  // One space or dash, wherever.
  { groups: /\d+(?:[\s\p{Pd}−]\d+)*/gu, shortest: 1 },
  // Up to three characters that are no letters. Four digits a group: dates, addresses and phone numbers have fewer.
  { groups: /\d+(?:[^\p{L}\p{N}]{1,3}\d+)*/gu, shortest: 4 },
];

/** The longest card number (ISO/IEC 7812-1). */
const maxDigits = 19;

/** Prefix and length of the card schemes in use (ISO/IEC 7812); keeps most article and phone numbers out. */
const schemes =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|3[47]\d{13}|3(?:0|6|8|9)\d{12,17}|35\d{14,17}|(?:5\d|2[2-7]|6\d)\d{14,17}|(?:8[12]\d\d|9792)\d{12})$/;

/**
 * Whether a text holds something that looks like a payment card number (PAN): a scheme's prefix and length, and a
 * valid Luhn check digit (ISO/IEC 7812-1 annex B), in the digits of any script, in groups or not, escaped as in a URL or
 * not. Such a value is refused wherever it stands, so that no card number reaches a table or a log.
 */
export function holdsCardNumber(text: string): boolean {
  return [text, unescaped(text)].map(plain).some((candidate) => ways.some((way) => finds(candidate, way)));
}

function finds(text: string, { groups, shortest }: (typeof ways)[number]): boolean {
  for (const [run] of text.matchAll(groups)) {
    const parts = run.match(/\d+/g) ?? [];
    // A card number may stand between other numbers: a quantity before it, its expiry behind it.
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

/** The text with the digits of every script as 0 to 9, and nothing that is not seen. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/(?!\d)\p{Nd}/gu, digitOf);

/** Decimal digits of a script follow each other from 0 to 9, and so do scripts (Unicode, chapter 4.6). */
function digitOf(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  let first = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return String((codePoint - first) % 10);
}

/** The text without a URL's escapes, but for those that stand for no text. */
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
