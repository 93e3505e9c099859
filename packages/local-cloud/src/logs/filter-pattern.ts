import { AwsError } from '../wire/aws-error.ts';
import { parsedJson } from '../wire/json.ts';
import { memberOf } from '../wire/member-of.ts';

/** `{ $.job.id = "text" }`. A `*` in the text would stand for anything, and is refused. */
const equality = /^\{\s*\$((?:\.[\w-]+)+)\s*=\s*("(?:[^"\\*]|\\[^*])*"|-?\d+(?:\.\d+)?)\s*\}$/;

/** `ERROR "not found"`: words of letters, digits and _, others in quotes. */
const terms = /^(?:(?:\w+|"(?:[^"\\]|\\.)*")(?:\s+|$))*$/s;

/**
 * Reads a filter pattern: terms that all occur in a line, or a member of a JSON line and its value.
 * @throws AwsError InvalidParameterException for all else that CloudWatch evaluates.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parseFilterPattern(pattern: string): (message: string) => boolean {
  const [, path, json] = equality.exec(pattern.trim()) ?? [];
  if (path !== undefined && json !== undefined) {
    const names = path.split('.').slice(1);
    const wanted = parsedJson(json);
    const found = (message: string) => names.reduce<unknown>(memberOf, parsedJson(message));
    return (message) => message.startsWith('{') && found(message) === wanted;
  }
  if (terms.test(pattern.trim())) {
    const wanted = pattern.match(/"(?:[^"\\]|\\.)*"|\w+/gs) ?? [];
    const texts = wanted.map((term) =>
      term.startsWith('"') ? term.slice(1, -1).replace(/\\(.)/gs, '$1') : term,
    );
    return (message) => texts.every((text) => message.includes(text));
  }
  throw new AwsError(
    'InvalidParameterException',
    `Invalid filter pattern: ${pattern}; the local cloud evaluates words, "quoted terms" and { $.name = "value" }`,
  );
}
