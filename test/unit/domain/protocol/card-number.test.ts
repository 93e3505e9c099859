import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cardNumberCandidates, holdsCardNumber } from '../../../../domain/protocol/card-number.ts';

/** Published test numbers of the card schemes. */
const testNumbers = {
  'Visa, 16 digits': '4242424242424242',
  'Visa, 19 digits': '4000000000000000006',
  'Mastercard, 5 series': '5555555555554444',
  'Mastercard, 2 series': '2223003122003222',
  'American Express': '378282246310005',
  Discover: '6011111111111117',
  'Diners Club, 14 digits': '36227206271667',
  'Diners Club, 16 digits': '3056930009020004',
  JCB: '3566002020360505',
  'UnionPay, 16 digits': '6200000000000005',
  'UnionPay, 19 digits': '6205500000000000004',
  Maestro: '6759649826438453',
  Mir: '2200000000000004',
  Troy: '9792030394440796',
  RuPay: '8171999927660000',
};

const inGroups = (digits: string, separator: string) => digits.match(/.{1,4}/g)?.join(separator) ?? '';

/** The digits in another script, given its zero. */
const inDigitsFrom = (zero: string, digits: string) =>
  digits.replace(/\d/g, (digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)));

describe.each(Object.entries(testNumbers))('a number of %s', (_, digits) => {
  it.each([
    ['without separators', digits],
    ['in groups with spaces', inGroups(digits, ' ')],
    ['in groups with dashes', inGroups(digits, '-')],
    ['in groups with dots, in an e-mail address', `${inGroups(digits, '.')}@example.com`],
    ['in groups with underscores', inGroups(digits, '_')],
    ['in groups with slashes', inGroups(digits, '/')],
    ['in groups with two spaces', inGroups(digits, '  ')],
    ['in groups with no-break spaces', inGroups(digits, '\u00a0')],
    ['in groups with no-break hyphens', inGroups(digits, '\u2011')],
    ['in groups with dashes between spaces', inGroups(digits, ' – ')],
    ['in groups on lines of their own', inGroups(digits, '\r\n')],
    ['with marks that are not seen', inGroups(digits, '\u200b')],
    ['in full-width digits', inDigitsFrom('０', digits)],
    ['in Arabic digits', inDigitsFrom('٠', digits)],
    ['in digits of a script that follows another one', inDigitsFrom('\u{116da}', digits)],
    ['in a URL', `https://example.com/hook?card=${inGroups(digits, '+')}`],
    ['in a URL with escapes', `https://example.com/${inGroups(digits, '%20')}/%F0%9F`],
    ['in a URL of nothing but escapes', digits.replace(/\d/g, '%3$&')],
    ['inside a text', `please charge ${digits}, thanks`],
    ['between letters', `sku${digits}x`],
    ['after another number', `2 ${inGroups(digits, ' ')}`],
    ['in a text without spaces', `カード${digits}です`],
    ['before its expiry', `${digits} 12/29`],
    ['in groups, before its expiry', `${inGroups(digits, ' ')} 12/29`],
    ['before its expiry and security code', `${digits} 12 29 123`],
  ])('is found %s', (_, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it('is not found when one digit is wrong', () => {
    const wrong = digits.slice(0, -1) + String((Number(digits.at(-1)) + 1) % 10);

    expect(holdsCardNumber(wrong)).toBe(false);
  });
});

describe('a number that is no card number', () => {
  it.each([
    ['an ISBN', '978-3-16-148410-0'],
    ['an ISBN without dashes', '9783161484100'],
    ['an article number (EAN)', '4006381333931'],
    ['a phone number', '+49 30 1234567890'],
    ['a long phone number', '+1 415 555 2671 ext 12'],
    ['an order number by date', '20260120-000000000042'],
    ['a time in milliseconds', '1768923000000'],
    ['a phone number with its trunk prefix', '+44 (0)20 7946 0958'],
    ['a phone number with dots', '415.555.2671'],
    ['a time', '2026-01-20 15:30:00.000'],
    ['a span of days', '30.06.2026 - 31.07.2026'],
    ['a list of article numbers', '9783161484100, 9783161484100'],
    ['an amount', '4,242,424,242,424,242.00'],
    ['an address of a host', 'https://44.123.133.101:8080/hook'],
    ['an address of a page', 'https://shop.example.com/2026/01/20/orders/4711?at=1768923000000#2'],
    ['an IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['a UUID', '019bdbe4-5b40-7000-8000-000000000001'],
    ['a UUID of digits', '42424242-4242-4242-4242-424242424242'],
    ['an id in hexadecimal', '9f4242424242424242ab12'],
    ['an article number (JAN)', '4901234567894'],
    ['a trade unit (GTIN-14) in the range of Diners Club', '36901234560016'],
    ['an order number by time in microseconds', '1768923000000000'],
    ['an old number of 13 digits', '4222222222222'],
    ['a number of 17 digits in the range of Visa', '42424242424242426'],
    ['a list of numbers', '4242, 4242, 4242, 4242'],
    ['groups with different separators', '4242-4242 4242-4242'],
    ['groups as phone numbers have them', '42 42 42 42 42 42 42 42'],
    ['groups within an id', 'a4242-4242-4242-4242'],
    ['a grouped IBAN that holds groups of a card', 'DE65 4242 4242 4242 4242 00'],
    ['an IBAN with 16 digits', 'DK5000400440116243'],
    ['an IBAN with letters', 'GB29 NWBK 6016 1331 9268 19'],
    ['sixteen zeros', '0000000000000000'],
    ['too few digits', '424242424242'],
    ['a run that is longer than any card number', '42424242424242424242424242'],
  ])('passes: %s', (_, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });
});

describe('any number with the prefix of a scheme and a valid check digit', () => {
  const prefixes = ['4', '51', '52', '53', '54', '55', '2221', '2720', '6011', '65', '3528', '3589', '62'];
  const cardNumber = fc
    .tuple(fc.constantFrom(...prefixes), fc.stringMatching(/^[0-9]{15}$/))
    .map(([prefix, rest]) => withCheckDigit((prefix + rest).slice(0, 15)));

  it('is found, whatever stands around it', () => {
    const noDigit = fc.stringMatching(/^[a-z,.:/ ]{0,12}[a-z,.:/]$/);

    fc.assert(
      fc.property(noDigit, cardNumber, noDigit, (before, digits, behind) => {
        // With two letters in front, one in 97 is an IBAN.
        fc.pre(!/(?<![a-z])[a-z]{2}$/.test(before));
        expect(holdsCardNumber(before + digits + behind)).toBe(true);
      }),
    );
  });

  it('is found in groups of four, whatever stands between them but letters and what separates a list', () => {
    const separator = fc.stringMatching(/^[^\p{L}\p{N}]{1,3}$/u);

    fc.assert(
      fc.property(cardNumber, separator, (digits, between) => {
        const seen = between.normalize('NFKC').replace(/\p{Cf}/gu, '');
        fc.pre(!seen.match(/[\p{L}\p{N}%,;|]/u) && seen.length <= 3);

        expect(holdsCardNumber(inGroups(digits, between))).toBe(true);
      }),
    );
  });

  it('is found between other numbers', () => {
    fc.assert(
      fc.property(fc.nat(9_999), cardNumber, fc.nat(9_999), (before, digits, behind) => {
        expect(holdsCardNumber(`${before} ${inGroups(digits, ' ')} ${behind}`)).toBe(true);
      }),
    );
  });
});

it('any time in ISO 8601 passes', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(holdsCardNumber(date.toISOString())).toBe(false);
    }),
  );
});

it('any trade unit (GTIN-14), alone, passes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^3[0689]\d{11}$/), (digits) => {
      const sum = [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);

      expect(holdsCardNumber(digits + String((10 - (sum % 10)) % 10))).toBe(false);
    }),
  );
});

it('any German or Danish IBAN passes, grouped or not', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[2-6]\d{17}$/), fc.constantFrom('DE', 'DK'), (account, country) => {
      const bban = country === 'DE' ? account : account.slice(0, 14);
      const digits = country.replace(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)));
      const check = String(98n - (BigInt(`${bban}${digits}00`) % 97n)).padStart(2, '0');
      const iban = country + check + bban;

      expect(holdsCardNumber(iban)).toBe(false);
      expect(holdsCardNumber(`Konto ${inGroups(iban, ' ')}`)).toBe(false);
    }),
  );
});

it('any UUID passes', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(holdsCardNumber(uuid)).toBe(false);
    }),
  );
});

describe('the search', () => {
  it.each([
    ['single digits', '0 '],
    ['groups of four', '4000 '],
    ['groups with other separators', '4000 - '],
    ['numbers as long as cards', '4000000000000000 '],
    ['words with numbers', 'a40000000000000000'],
    ['IBANs that are none', 'DE12 3704 0044 0532 0130 00 '],
    ['one number', '4'],
    ['escapes', '%34'],
    ['one word', 'a'],
  ])('looks at fewer numbers than a long text has characters: %s', (_, part) => {
    const text = part.repeat((200 * 1024) / part.length);

    const candidates = [...cardNumberCandidates(text)];

    expect(candidates.length).toBeLessThan(text.length / 2);
    expect(candidates.every(({ length }) => length >= 14 && length <= 19)).toBe(true);
  });

  it('looks at fewer numbers than any text has characters', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a -]{1,200}$/), (text) => {
        expect([...cardNumberCandidates(text)].length).toBeLessThan(text.length);
      }),
    );
  });
});

/** The digits with their check digit, computed as ISO/IEC 7812-1 describes it. */
function withCheckDigit(digits: string): string {
  const sum = [...digits]
    .reverse()
    .map((digit, i) => (i % 2 === 0 ? Number(digit) * 2 : Number(digit)))
    .flatMap((product) => [...String(product)].map(Number))
    .reduce((a, b) => a + b, 0);
  return digits + String((10 - (sum % 10)) % 10);
}
