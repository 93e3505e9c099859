import type * as z from 'zod/mini';
import { holdsCardNumber } from './card-number.ts';
import { isPlainText } from './plain-text.ts';
import { type FieldError, maxFieldErrors } from './protocol.ts';

/** Longest part of a field's name that is repeated, in characters. */
const maxNameLength = 40;

/**
 * The fields that a schema refused, by RFC 6901 pointer, up to `maxFieldErrors`. Values are not repeated, because they
 * may be secrets. A long name ends in `…`, and `…` replaces a name that holds a card number or unprintable characters.
 */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, maxFieldErrors))
        errors.push({ pointer: pointerOf([...issue.path, key]), detail: 'Is not a known field.' });
    } else errors.push({ pointer: pointerOf(issue.path), detail: detailOf(issue) });
    if (errors.length >= maxFieldErrors) break;
  }
  return errors.slice(0, maxFieldErrors);
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${nameOf(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function nameOf(part: string): string {
  // A card number that begins in what is repeated ends in this.
  const beginning = part.slice(0, 2 * maxNameLength);
  if (!isPlainText(beginning) || holdsCardNumber(beginning)) return '…';
  return part.length > maxNameLength ? `${part.slice(0, maxNameLength).toWellFormed()}…` : part;
}

function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && !issue.message.startsWith('Must '))
    return `Must be present and of type ${issue.expected}.`;
  if (issue.code === 'invalid_value') return `Must be one of ${issue.values.map(String).join(', ')}.`;
  return issue.message;
}
