import type * as z from 'zod/mini';
import { holdsCardNumber } from './card-number.ts';
import type { FieldError } from './protocol.ts';

/**
 * The fields that a schema refused, by RFC 6901 pointer. Values are not repeated, because they may be secrets. A field
 * name that holds a card number is replaced by `…`.
 */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): FieldError[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        pointer: pointerOf([...issue.path, key]),
        detail: 'Is not a known field.',
      }));
    }
    return [{ pointer: pointerOf(issue.path), detail: detailOf(issue) }];
  });
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${nameOf(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const nameOf = (part: string): string => (holdsCardNumber(part) ? '…' : part);

function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && !issue.message.startsWith('Must '))
    return `Must be present and of type ${issue.expected}.`;
  if (issue.code === 'invalid_value') return `Must be one of ${issue.values.map(String).join(', ')}.`;
  return issue.message;
}
