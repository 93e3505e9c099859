import path from 'node:path';

/** What Jest tells a reporter, as far as it is read here. */
interface RunResults {
  readonly testResults: readonly {
    readonly testFilePath: string;
    readonly testResults: readonly { readonly ancestorTitles: readonly string[] }[];
  }[];
}

/** Jest's reporter of the tests that a run left out, and what they need (see `needing`). */
export default class LeftOut {
  onRunComplete(_: unknown, { testResults }: RunResults): void {
    const titles = testResults.flatMap(({ testFilePath, testResults: tests }) =>
      tests.flatMap(({ ancestorTitles }) => {
        const title = ancestorTitles.find((candidate) => candidate.includes(' (needs '));
        return title === undefined ? [] : [`${path.basename(testFilePath)}: ${title}`];
      }),
    );
    if (titles.length === 0) return;
    console.error('\nLeft out, because this run does not have what they need:');
    for (const [title, tests] of Map.groupBy(titles, (title) => title))
      console.error(`  ${title}: ${tests.length} ${tests.length === 1 ? 'test' : 'tests'}`);
  }
}
