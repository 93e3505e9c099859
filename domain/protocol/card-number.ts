/**
 * Issuer ranges and lengths of the cards in use, of which the shortest have 14 digits. `credit-card-type` has such a
 * table for guessing what is being typed, so its Maestro takes every number that begins with 6.
 *
 * @see https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN)
 */
const schemes: Readonly<Record<string, RegExp>> = {
  visa: /^4\d{15}(?:\d{3})?$/,
  mastercard: /^(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$/,
  americanExpress: /^3[47]\d{13}$/,
  dinersClub: /^3(?:0[0-59]|[689]\d)\d{11}(?:\d{2,5})?$/,
  discover: /^(?:6011|64[4-9]\d|65\d\d)\d{12,15}$/,
  jcb: /^35(?:2[89]|[3-8]\d)\d{12,15}$/,
  unionPay: /^(?:62|81)\d{14,17}$/,
  maestro: /^(?:5[06-9]|6[37])\d{14,17}$/,
  mir: /^220[0-4]\d{12,15}$/,
  ruPay: /^(?:60|82)\d{14}$/,
  troy: /^9792\d{12}$/,
  uzcardAndHumo: /^(?:8600|9860)\d{12}$/,
};

/** A number that stands alone. */
const alone = /[0-9]{14,}/g;

/**
 * Groups of digits with the same separator, in which cards are written: 4-4-4-4 with up to three digits more, 4-6-5 or
 * 4-4-4-3 (American Express), 4-6-4 or 4-4-4-2 (Diners Club), and 6-13. Commas, semicolons and bars are no separators:
 * they stand between the entries of a list.
 */
const grouped = [
  /(?<![0-9A-Za-z])(?=([0-9]{4}([^\p{L}\p{N},;|]{1,3})(?:[0-9]{4}\2[0-9]{4}\2[0-9]{2,4}|[0-9]{6}\2[0-9]{4,5}))(?![0-9A-Za-z])(\2[0-9]{1,3}(?![0-9A-Za-z]))?)/gu,
  /(?<![0-9A-Za-z])([0-9]{6}([^\p{L}\p{N},;|]{1,3})[0-9]{13})(?![0-9A-Za-z])/gu,
];

/** An IBAN as it is printed or typed (ISO 13616): country, check digits, then groups of four. */
const iban =
  /(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]{4}){2,7}(?:[ -]?[0-9A-Za-z]{1,3})?(?![0-9A-Za-z])/g;

/**
 * Whether a text contains what looks like a payment card number (PAN): 14 to 19 digits of an issuer's range with a valid
 * check digit (ISO/IEC 7812-1, annex B), alone or grouped as cards are. The digits may be of any script, or escaped as
 * in a URL. Such values are refused in every field, so that no card number reaches a table or a log.
 */
export function holdsCardNumber(text: string): boolean {
  for (const digits of cardNumberCandidates(text))
    if (passesLuhn(digits) && Object.values(schemes).some((scheme) => scheme.test(digits))) return true;
  return false;
}

/**
 * The numbers in a text that are as long as a card number and written like one. There are fewer than the text has
 * characters. No expression looks further than 50 characters ahead, so the search takes time in proportion to the text.
 */
export function* cardNumberCandidates(text: string): Generator<string> {
  for (const readable of text.includes('%') ? [text, unescaped(text)] : [text]) {
    const searched = plain(readable).replace(iban, (match) => (isIban(match) ? ' ' : match));
    for (const { 0: digits, index } of searched.matchAll(alone))
      if (digits.length <= 19 && !isPartOfId(searched, index, digits.length) && !isGtin14(digits))
        yield digits;
    for (const grouping of grouped) {
      for (const [, groups = '', separator = '', more = ''] of searched.matchAll(grouping)) {
        const digits = groups.replaceAll(separator, '');
        yield digits;
        // Three more digits may belong to the number, or be the security code behind it.
        if (more !== '' && digits.length === 16) yield digits + more.slice(separator.length);
      }
    }
  }
}

/**
 * Whether the word around a number, of ASCII letters and digits, has another number: it is an id in hexadecimal or the
 * like. Text without spaces, in a script that needs none, is no such word.
 */
function isPartOfId(text: string, start: number, length: number): boolean {
  let before = start - 1;
  while (isAsciiLetter(text, before)) before--;
  let behind = start + length;
  while (isAsciiLetter(text, behind)) behind++;
  return isDigit(text, before) || isDigit(text, behind);
}

/** The bit 0x20 tells lower case from upper case in ASCII. */
const isAsciiLetter = (text: string, i: number): boolean => {
  const code = text.charCodeAt(i) | 0x20;
  return code >= 0x61 && code <= 0x7a;
};

const isDigit = (text: string, i: number): boolean => {
  const code = text.charCodeAt(i);
  return code >= 0x30 && code <= 0x39;
};

/** The text with the digits of every script as 0 to 9, and without invisible characters. */
function plain(text: string): string {
  // Most texts are ASCII, which has nothing to replace.
  if (!/[^\0-\x7f]/.test(text)) return text;
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/(?![0-9])\p{Nd}/gu, digitOf);
}

/** Digits of other scripts that were read before. Unicode has fewer than a thousand. */
const known = new Map<string, string>();

function digitOf(character: string): string {
  const digit = known.get(character) ?? readDigit(character);
  known.set(character, digit);
  return digit;
}

/** In Unicode the decimal digits of a script are consecutive, from 0 to 9, and scripts may be adjacent (chapter 4.6). */
function readDigit(character: string): string {
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
    const digit = digitAt(digits, i);
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}

/**
 * Whether it is the number of a trade unit (GTIN-14), by its check digit. Some begin as the cards of Diners Club do and
 * pass their check by accident; the accident the other way round lets one in ten of these cards through.
 *
 * @see https://www.gs1.org/services/how-calculate-check-digit-manually
 */
function isGtin14(digits: string): boolean {
  if (digits.length !== 14) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += digitAt(digits, i) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}

/** The digit at a position that counts from the right. */
const digitAt = (digits: string, i: number): number => digits.charCodeAt(digits.length - 1 - i) - 0x30;

/** Checks the check digits of an IBAN (ISO/IEC 7064, MOD 97-10). */
function isIban(text: string): boolean {
  const characters = text.replace(/[ -]/g, '');
  const numbers = [...characters.slice(4), ...characters.slice(0, 4)].map((one) => Number.parseInt(one, 36));
  return BigInt(numbers.join('')) % 97n === 1n;
}
