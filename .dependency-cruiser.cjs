const { Visitor } = require('@swc/core/Visitor.js');

// swc parses `using` declarations but its visitor, which the parser option below brings in, stops at them.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) };
};

/** Stands for Node's own modules in a list of what may be imported. */
const builtIns = Symbol('Node built-ins');

/** The folders in which every file is a function. */
const rooms = '^lambdas/(api|live|stages|housekeeping)/';

/** What the client ships; beside it are the tools that build it. */
const clientSources = '^client/(?!build[.]ts$|generate-)';

/**
 * Who may import whom: the table of the layout, as rules. Each names the folder it guards and lists all that the
 * folder may import; whatever is not listed is refused.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    only('domain', 'The core is pure: zod and itself, no AWS, no Node built-ins.', '^domain/', [
      '^domain/',
      packages('zod'),
    ]),
    only('adapters', 'Adapters carry out ports with the AWS SDK or a provider.', '^lambdas/adapters/', [
      '^lambdas/adapters/',
      '^lambdas/(ports|environment|expectations)[.]ts$',
      '^domain/',
      packages('@aws-sdk/[^/]+', '@types/aws-lambda', 'stripe', 'standardwebhooks', 'ipaddr.js'),
      builtIns,
    ]),
    {
      name: 'adapters-parse-no-environment',
      comment: 'An adapter is configured by its function; it may know only the type of the variables.',
      severity: 'error',
      from: { path: '^lambdas/adapters/' },
      to: { path: '^lambdas/environment[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    only('functions', 'A function knows ports, the pipeline and its adapters, not the AWS SDK.', rooms, [
      '^domain/',
      '^lambdas/[^/]+[.]ts$',
      '^lambdas/adapters/',
      packages('zod', 'uuid', '@types/aws-lambda'),
      builtIns,
    ]),
    only(
      'pipeline',
      'What all functions share drags no adapter into their bundles.',
      '^lambdas/[^/]+[.]ts$',
      [
        '^domain/',
        '^lambdas/[^/]+[.]ts$',
        packages('zod', '@middy/core', '@aws-lambda-powertools/[^/]+', '@types/aws-lambda'),
        builtIns,
      ],
    ),
    only('lib', 'Constructs know handlers only by path.', '^lib/', [
      '^lib/',
      '^domain/',
      '^lambdas/environment[.]ts$',
      packages('aws-cdk-lib', 'constructs', 'esbuild', 'zod'),
      builtIns,
    ]),
    only('bin', 'Entries: the app, and what is derived from the core.', '^bin/', [
      '^lib/',
      '^domain/',
      packages('aws-cdk-lib'),
      builtIns,
    ]),
    only('client', 'The client ships without our code: it shares only types.', clientSources, [
      '^client/',
      '^domain/(live-)?protocol[.]ts$',
      packages('react'),
    ]),
    {
      name: 'client-shares-only-types',
      comment: 'The client ships without our code: of the domain it knows types.',
      severity: 'error',
      from: { path: clientSources },
      to: { path: '^domain/', dependencyTypesNot: ['type-only'] },
    },
    only('web', 'The page uses the client, as anybody would.', '^web/', [
      '^web/',
      '^client/',
      packages('react', 'react-dom'),
    ]),
    {
      name: 'local-knows-no-product',
      comment:
        'The local cloud runs any app of these resource types: it synthesizes ours and knows nothing else.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(domain|lambdas|lib|client|web|bench|test)/' },
    },
    {
      name: 'nobody-imports-tools',
      comment: 'What is deployed does not depend on what tests, runs or measures it.',
      severity: 'error',
      from: { pathNot: '^(local|test|bench)/' },
      to: { path: '^(local|test|bench)/' },
    },
    {
      name: 'no-circular',
      comment: 'Modules that load each other have no order to be read in. A type-only import loads nothing.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'Nobody imports it and it imports nothing: delete it, or is it an entry?',
      severity: 'error',
      from: { orphan: true, pathNot: ['[.]d[.]ts$', '^test/'] },
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
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    // TypeScript 7 has no API for tools; swc parses TypeScript and sees type-only imports too.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^client/dist/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
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
