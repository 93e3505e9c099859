import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import type { AttributeValue } from './item.ts';
import { keyNames, type TableDescription } from './table-description.ts';

/**
 * The parameters that expressions replaced. Dynalite evaluates some of them wrongly.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
 */
const legacy = [
  ...['AttributesToGet', 'AttributeUpdates', 'ConditionalOperator', 'Expected'],
  ...['KeyConditions', 'QueryFilter', 'ScanFilter'],
];
const expressions = [
  ...['ConditionExpression', 'UpdateExpression', 'KeyConditionExpression'],
  ...['FilterExpression', 'ProjectionExpression'],
];
const otherTypes = ['L', 'M', 'SS', 'NS', 'BS', 'BOOL', 'NULL'];
const maxExpressionBytes = 4096;

type Path = readonly (string | number)[];

/** A node of an expression as dynalite parses it: a path, a value, or an operator with its arguments. */
type Node = Path | { readonly type?: string; readonly name?: string; readonly args?: readonly Node[] };

/** A clause of an update expression as dynalite parses it. */
interface Clause {
  readonly type: 'set' | 'remove' | 'add' | 'delete';
  readonly path: Path;
  readonly val?: Node;
}

/** What dynalite's checks leave behind. */
interface Parsed {
  readonly _condition?: { readonly expression: Node };
  readonly _filter?: { readonly expression: Node };
  readonly _updates?: { sections: Clause[] };
  readonly _projection?: { readonly paths: readonly Path[] };
  readonly IndexName?: string;
  readonly KeyConditions?: Readonly<
    Record<string, { readonly AttributeValueList: readonly AttributeValue[] }>
  >;
}

/**
 * Checks of a request that dynalite leaves out.
 * @throws AwsError ValidationException
 */
export function checkRequest(operation: string, input: JsonObject): void {
  const { Select, ProjectionExpression, IndexName, RequestItems, Segment, TotalSegments, ReturnValues } =
    input;
  if (Segment != null && TotalSegments == null) {
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (operation === 'DeleteItem' && !['ALL_OLD', 'NONE'].includes(String(ReturnValues ?? 'NONE'))) {
    throw invalid('ReturnValues can only be ALL_OLD or NONE');
  }
  const tables = Object.values((RequestItems ?? {}) as Record<string, JsonObject>);
  for (const part of [input, ...tables]) {
    const old = legacy.find((name) => part?.[name] != null);
    if (old)
      throw invalid(`the embedded DynamoDB does not support the legacy parameter ${old}; use an expression`);
    for (const name of expressions) {
      const size = Buffer.byteLength(String(part?.[name] ?? ''));
      if (size <= maxExpressionBytes) continue;
      throw invalid(
        `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`,
      );
    }
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && ProjectionExpression == null) {
    throw invalid(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (Select != null && Select !== 'SPECIFIC_ATTRIBUTES' && ProjectionExpression != null) {
    const what = Select === 'COUNT' ? 'only the Count' : String(Select);
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${what}`);
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName == null) {
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
}

/**
 * Checks of parsed expressions that dynalite leaves out, and refusals of what it evaluates wrongly.
 * @throws AwsError ValidationException
 */
export function checkExpressions(data: JsonObject & Parsed, table: TableDescription): void {
  for (const tree of [data._condition, data._filter]) if (tree) refuseDocuments(tree.expression);
  for (const [name, { AttributeValueList: values }] of Object.entries(data.KeyConditions ?? {})) {
    const empty = values.find(({ S, B }) => S === '' || B === '');
    if (!empty) continue;
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${
        empty.S === '' ? 'string' : 'binary'
      } value. Key: ${name}`,
    );
  }
  if (data._updates) {
    refuseSharedPaths(data._updates.sections);
    data._updates.sections = inOrder(data._updates.sections);
  }
  if (data._projection && data.IndexName !== undefined)
    checkProjected(data._projection.paths, table, data.IndexName);
}

const invalid = (message: string) => new AwsError('ValidationException', message);

/** Dynalite never finds two lists or two maps equal, and contains() finds text, numbers and binary only. */
function refuseDocuments(node: Node): void {
  if (Array.isArray(node) || !('args' in node)) return;
  const { type, name, args = [] } = node;
  const operator = type === 'function' ? name : type;
  const refused = operator === 'contains' ? otherTypes : ['L', 'M'];
  if (['=', '<>', 'in', 'contains'].includes(String(operator))) {
    for (const value of args) {
      const found = Array.isArray(value) ? undefined : refused.find((kind) => kind in value);
      if (found)
        throw invalid(`the embedded DynamoDB does not support ${operator} with a value of type ${found}`);
    }
  }
  for (const inner of args) refuseDocuments(inner);
}

/** Dynalite shares a copied attribute with its source, so that a change of one changes the other. */
function refuseSharedPaths(clauses: readonly Clause[]): void {
  const copied = clauses.flatMap(({ val }) => (val ? copiedPaths(val) : []));
  for (const { type, path } of clauses) {
    const source = copied.find((from) => from.every((part, i) => part === path[i]));
    const changesInPlace = type === 'add' || type === 'delete' || path.length > (source?.length ?? 0);
    if (!source || !changesInPlace) continue;
    throw invalid(
      `the embedded DynamoDB cannot copy ${source.join('.')} in the expression that changes ${path.join('.')}`,
    );
  }
}

/** Paths whose values an operand takes over as they are. Sums are new values. */
function copiedPaths(node: Node): Path[] {
  if (Array.isArray(node)) return [node as Path];
  const { type, args = [] } = node as Exclude<Node, Path>;
  return type === 'function' ? args.flatMap(copiedPaths) : [];
}

/** The elements that REMOVE takes out of a list are counted as they were before: last ones go first. */
function inOrder(clauses: readonly Clause[]): Clause[] {
  const isElement = ({ type, path }: Clause) => type === 'remove' && typeof path.at(-1) === 'number';
  const elements = clauses.filter(isElement).sort((a, b) => Number(b.path.at(-1)) - Number(a.path.at(-1)));
  return [...clauses.filter((clause) => !isElement(clause)), ...elements];
}

function checkProjected(paths: readonly Path[], table: TableDescription, IndexName: string): void {
  const index = table.GlobalSecondaryIndexes?.find((candidate) => candidate.IndexName === IndexName);
  if (!index || index.Projection.ProjectionType === 'ALL') return;
  const { KeySchema, Projection } = index;
  const projected = [
    ...keyNames(table.KeySchema),
    ...keyNames(KeySchema),
    ...(Projection.NonKeyAttributes ?? []),
  ];
  const missing = paths.map(([name]) => String(name)).filter((name) => !projected.includes(name));
  if (missing.length === 0) return;
  throw invalid(
    `One or more parameter values were invalid: Global secondary index ${IndexName} does not project [${missing.join(', ')}]`,
  );
}
