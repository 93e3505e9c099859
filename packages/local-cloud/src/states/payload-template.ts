import { type Expression, parseExpression } from './expression.ts';
import { isObject } from './json-path.ts';

/**
 * Reads a template: members whose names end in `.$` get the values of their paths and intrinsic functions.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
 * @throws Error naming what is wrong in the template.
 */
export function parseTemplate(template: unknown): Expression {
  if (Array.isArray(template)) {
    const items = template.map(parseTemplate);
    return (scope) => items.map((item) => item(scope));
  }
  if (!isObject(template)) return () => template;
  const members = Object.entries(template).map(([key, value]): [string, Expression] => {
    if (!key.endsWith('.$')) return [key, parseTemplate(value)];
    const name = key.slice(0, -2);
    if (typeof value !== 'string') throw new Error(`"${key}" needs a path or an intrinsic function`);
    if (Object.hasOwn(template, name)) throw new Error(`"${name}" is given twice, once with .$`);
    return [name, parseExpression(value, key)];
  });
  return (scope) => Object.fromEntries(members.map(([name, value]) => [name, value(scope)]));
}
