import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Listed {
  /** The keys of the table in `lambdas/runtime/environment.ts`. */
  readonly functions: readonly string[];
  /** The names of the rows in `domain/stages.ts`. */
  readonly stages: readonly string[];
}

/**
 * The functions to bundle, which are those of the two tables.
 *
 * Without these checks a mistake would show at the first order only, and Step Functions would retry it for hours.
 *
 * @param lambdas - folder of the functions' files
 * @returns paths of the functions' files below that folder, without their ending
 * @throws Error when a file and the tables disagree: a function without a file, a file without a row, or a file that
 * exports no handler
 */
export function entriesOf(lambdas: string, { functions, stages }: Listed): string[] {
  const ofStages = stages.map((name) => `stages/${name}`);
  for (const name of functions)
    if (isStage(name) && !ofStages.includes(name))
      throw new Error(
        `lambdas/runtime/environment.ts lists '${name}', but domain/stages.ts has no such stage: add its row there, or delete it here.`,
      );

  const entries = [...new Set([...functions, ...ofStages])];
  const files = globSync('**/*.ts', { cwd: lambdas }).map((file) => file.replace(/\.ts$/, ''));
  for (const name of entries)
    if (!files.includes(name))
      throw new Error(
        `lambdas/${name}.ts does not exist, but ${tableOf(name)} lists it: add the file, or delete the row.`,
      );
  for (const name of files) {
    const hasHandler = /^export const handler\b/m.test(
      readFileSync(path.join(lambdas, `${name}.ts`), 'utf8'),
    );
    const isListed = entries.includes(name);
    if (isListed && !hasHandler)
      throw new Error(
        `lambdas/${name}.ts exports no handler: end it with \`export const handler = …\`, which Lambda invokes.`,
      );
    if (!isListed && (hasHandler || isStage(name)))
      throw new Error(
        `lambdas/${name}.ts is a function that ${tableOf(name)} does not list: add its row, or delete the file.`,
      );
  }
  return entries;
}

const isStage = (name: string): boolean => name.startsWith('stages/');

const tableOf = (name: string): string =>
  isStage(name) ? 'domain/stages.ts' : 'lambdas/runtime/environment.ts';
