import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holdsCardNumber } from '../../../domain/card-number.ts';

/** Published test numbers of the card schemes. */
const testNumbers = {
  'Visa, 16 digits': '4242424242424242',
  'Visa, 13 digits': '4222222222222',
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
};

const inGroups = (digits: string, separator: string) => digits.match(/.{1,4}/g)?.join(separator) ?? '';

describe.each(Object.entries(testNumbers))('a number of %s', (_, digits) => {
  it.each([
    ['without separators', digits],
    ['in groups with spaces', inGroups(digits, ' ')],
    ['in groups with dashes', inGroups(digits, '-')],
    ['inside a text', `please charge ${digits}, thanks`],
    ['between letters', `sku${digits}x`],
    ['after another number', `2 ${inGroups(digits, ' ')}`],
    ['before its expiry', `${digits} 12/29`],
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
    ['an IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['a UUID', '019bdbe4-5b40-7000-8000-000000000001'],
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
        expect(holdsCardNumber(before + digits + behind)).toBe(true);
      }),
    );
  });

  it('is found in whatever groups it is written', () => {
    const separators = fc.array(fc.constantFrom('', ' ', '-'), { minLength: 15, maxLength: 15 });

    fc.assert(
      fc.property(cardNumber, separators, (digits, between) => {
        const text = [...digits].map((digit, i) => digit + (between[i] ?? '')).join('');

        expect(holdsCardNumber(text)).toBe(true);
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

it('reads a long text of single digits without trying every combination', () => {
  expect(holdsCardNumber('0 '.repeat(100_000))).toBe(false);
});

/** The digits and the digit that makes them valid, reckoned as ISO/IEC 7812-1 words it. */
function withCheckDigit(digits: string): string {
  const sum = [...digits]
    .reverse()
    .map((digit, i) => (i % 2 === 0 ? Number(digit) * 2 : Number(digit)))
    .flatMap((product) => [...String(product)].map(Number))
    .reduce((a, b) => a + b, 0);
  return digits + String((10 - (sum % 10)) % 10);
}
