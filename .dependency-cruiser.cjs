const { Compiler } = require('@swc/core');
const { Visitor } = require('@swc/core/Visitor.js');

// swc parses `using` declarations but its visitor, which the parser option below brings in, stops at them.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) };
};

// The cruiser does not tell swc which files have JSX.
const { parseFileSync } = Compiler.prototype;
Compiler.prototype.parseFileSync = function (file, options) {
  return parseFileSync.call(this, file, { ...options, tsx: file.endsWith('.tsx') });
};

/** Stands for Node's own modules in a list of what may be imported. */
const builtIns = Symbol('Node built-ins');

/** The folders of the product's functions. */
const functions = '^lambdas/(api|live|stages|commands|settlement|housekeeping|webhooks|operator)/';

/**
 * Who may import whom: the table of the layout, as rules. Each names the folder it guards and lists all that the
 * folder may import; whatever is not listed is refused. Types count as imports.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    only('domain', 'The core is pure: zod, a list and itself, no AWS, no Node built-ins.', '^domain/', [
      '^domain/',
      packages('zod', 'dinero.js'),
    ]),
    only('ports', 'Ports are types in the words of the core.', '^lambdas/ports/', [
      '^domain/',
      '^lambdas/ports/',
    ]),
    only('adapters', 'Adapters implement ports with the AWS SDK or a provider.', '^lambdas/adapters/', [
      '^lambdas/adapters/',
      '^lambdas/ports/',
      '^domain/',
      packages(
        '@aws-sdk/[^/]+',
        '@smithy/core',
        '@types/aws-lambda',
        'stripe',
        'standardwebhooks',
        'ipaddr.js',
        'zod',
      ),
      builtIns,
    ]),
    only('wiring', 'What several functions wire in the same way.', '^lambdas/wiring/', [
      '^lambdas/(adapters|ports|runtime|wiring)/',
    ]),
    only('functions', 'A function knows ports, the runtime and its adapters, not the AWS SDK.', functions, [
      '^domain/',
      '^lambdas/',
      packages('zod', 'uuid', '@types/aws-lambda'),
      builtIns,
    ]),
    only('runtime', 'What all functions share brings no adapter into their bundles.', '^lambdas/runtime/', [
      '^domain/',
      '^lambdas/runtime/',
      '^lambdas/ports/',
      packages('zod', '@aws-lambda-powertools/[^/]+', '@types/aws-lambda'),
      builtIns,
    ]),
    only('lib', 'Constructs know handlers only by path, variables and metrics.', '^lib/', [
      '^lib/',
      '^web/content-security-policy[.]ts$',
      '^domain/',
      '^lambdas/runtime/(assert-from-edge|environment|metric-table)[.]ts$',
      packages('aws-cdk-lib', 'constructs', 'esbuild', 'zod'),
      builtIns,
    ]),
    only(
      'bin',
      'Entries: the app, what is derived from the core, and the keys of receivers.',
      '^bin/(?!ops)',
      [
        '^bin/app[.]ts$',
        '^lib/',
        '^domain/',
        '^lambdas/adapters/webhook-key[.]ts$',
        packages('aws-cdk-lib'),
        builtIns,
      ],
    ),
    only('ops', 'The tool of operators invokes one function and knows only its protocol.', '^bin/ops', [
      '^bin/ops/',
      '^domain/',
      packages('@aws-sdk/client-lambda', '@aws-sdk/client-sts'),
      builtIns,
    ]),
    only(
      'client',
      'The client ships without our code: its types are generated from the protocol.',
      '^packages/client/src/',
      ['^packages/client/src/', packages('react')],
    ),
    only('web', 'The page is one more user of the client.', '^web/(?!vite.config.ts$)', [
      '^web/',
      '^packages/client/src/(react/)?index[.]ts$',
      packages('react', 'react-dom', '@types/react', '@types/react-dom'),
    ]),
    only(
      'local-cloud',
      'The local cloud runs any app of these resource types and knows no product.',
      '^packages/local-cloud/',
      ['^packages/local-cloud/', '^node_modules/', builtIns],
    ),
    {
      name: 'nobody-imports-tools',
      comment: 'What is deployed does not depend on what tests, runs or measures it.',
      severity: 'error',
      from: { path: '^(bin|lib|lambdas|domain)/|^packages/[^/]+/src/' },
      to: { path: '^(test|bench)/|^packages/[^/]+/(test|bench)/' },
    },
    {
      name: 'nobody-imports-the-local-cloud',
      comment: 'Product code does not know that the local cloud exists.',
      severity: 'error',
      from: { path: '^(bin|lib|lambdas|domain)/|^packages/client/' },
      to: { path: '^packages/local-cloud/' },
    },
    {
      name: 'no-circular-files',
      comment: 'Files that import each other, be it for types, have no order to be read in.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circular-folders',
      comment: 'Imports run one way between folders too, so that a folder can be read after those below it.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nobody imports it and it imports nothing: delete it, or is it an entry?',
      severity: 'error',
      from: { orphan: true, pathNot: ['[.]d[.]ts$', '(^|/)(test|bench)/', '^web/vite[.]config[.]ts$'] },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies-in-functions',
      comment: 'What is bundled into a function is a dependency, not a tool.',
      severity: 'error',
      from: { path: '^(lambdas|domain)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: packages('@types/[^/]+') },
    },
  ],
  options: {
    // TypeScript 7 has no API for tools; swc parses TypeScript and sees type-only imports as imports.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|^bench/peers/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['accepted-source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};

/** A folder that may import only what is listed. */
function only(name, comment, from, allowed) {
  const to = { pathNot: allowed.flat().filter((pattern) => pattern !== builtIns) };
  return {
    name: `${name}-imports`,
    comment,
    severity: 'error',
    from: { path: from },
    to: allowed.includes(builtIns) ? { ...to, dependencyTypesNot: ['core'] } : to,
  };
}

/** Where the files of npm packages are. */
function packages(...names) {
  return names.map((name) => `^node_modules/${name}/`);
}
