/** Packages that ship ES modules only: transformed like our own sources. */
const modulesOnly = ['dinero.js', 'jose', 'uuid'];

/**
 * Type stripping and CommonJS, as fast as it gets; types are checked by `npm run types`.
 *
 * @type {import('jest').Config}
 */
const shared = {
  testEnvironment: '<rootDir>/test/support/jest-environment.js',
  // The client as it is in this repository, not as it was last built.
  testEnvironmentOptions: { customExportConditions: ['accepted-source', 'node', 'node-addons'] },
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${modulesOnly.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/node_modules/.cache'],
  setupFiles: ['<rootDir>/test/support/environment.ts'],
};

const project = (displayName, more = {}) => ({
  ...shared,
  displayName,
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  ...more,
});

/** One local cloud for all suites of a run. */
const againstLocalCloud = {
  globalSetup: '<rootDir>/test/e2e/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/e2e/support/global-teardown.ts',
  setupFiles: [],
};

// The CDK's check of templates against CloudFormation's schemas takes seconds of each synthesis, also in processes that
// tests start. `npm run synth` and cfn-lint make it.
process.env.CDK_VALIDATION = 'false';

/** @type {import('jest').Config} */
export default {
  // No test waits for it: a busy machine gets the time that it needs.
  testTimeout: 60_000,
  // By default one core is left out, which is half of a small machine.
  maxWorkers: '100%',
  projects: [
    project('unit'),
    project('client', { testMatch: ['<rootDir>/packages/client/test/**/*.test.ts'] }),
    project('local-cloud', { testMatch: ['<rootDir>/packages/local-cloud/test/**/*.test.ts'] }),
    project('infrastructure', { globalSetup: '<rootDir>/test/support/synthesize.ts' }),
    project('e2e', againstLocalCloud),
    project('browser', againstLocalCloud),
  ],
};
