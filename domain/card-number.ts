/** Groups of digits with one space or dash between them, as people write card numbers. */
const digitGroups = /\d+(?:[ -]\d+)*/g;

/** The longest card number (ISO/IEC 7812-1). */
const maxDigits = 19;

/** Prefix and length of the card schemes in use (ISO/IEC 7812); keeps most article and phone numbers out. */
const schemes =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|3[47]\d{13}|3(?:0|6|8|9)\d{12,17}|35\d{14,17}|(?:5\d|2[2-7]|6\d)\d{14,17})$/;

/**
 * Whether a text holds something that looks like a payment card number (PAN): a scheme's prefix and length, and a
 * valid Luhn check digit (ISO/IEC 7812-1 annex B). Such a value is refused wherever it stands, so that no card
 * number reaches a table or a log.
 */
export function holdsCardNumber(text: string): boolean {
  for (const [run] of text.matchAll(digitGroups)) {
    const groups = run.split(/[ -]/);
    // A card number may stand between other numbers: a quantity before it, its expiry behind it.
    for (let first = 0; first < groups.length; first++) {
      let digits = '';
      for (let last = first; last < groups.length && digits.length < maxDigits; last++) {
        digits += groups[last];
        if (schemes.test(digits) && passesLuhn(digits)) return true;
      }
    }
  }
  return false;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i));
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}
