import { AwsError } from '../wire/aws-error.ts';
import type { JsonObject } from '../wire/aws-service.ts';
import type { AttributeValue } from './item.ts';
import { checkContent } from './item-rules.ts';

/**
 * The parameters that expressions replaced. Dynalite evaluates some of them wrongly.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
 */
const legacy = [
  ...['AttributesToGet', 'AttributeUpdates', 'ConditionalOperator', 'Expected'],
  ...['KeyConditions', 'QueryFilter', 'ScanFilter'],
];

type Path = readonly (string | number)[];

/** A node of an expression as dynalite parses it: a path, a value, or an operator with its arguments. */
type Node = Path | { readonly type?: string; readonly name?: string; readonly args?: readonly Node[] };

/** A clause of an update expression: SET, REMOVE, ADD or DELETE. */
type Clause = { readonly type: string; readonly path: Path; readonly val?: Node };

/** What dynalite makes of the expressions. */
interface Parsed extends JsonObject {
  readonly _condition?: { readonly expression: Node };
  readonly _filter?: { readonly expression: Node };
  readonly _updates?: { readonly sections: Clause[] };
  readonly KeyConditions?: Record<string, { readonly AttributeValueList: readonly AttributeValue[] }>;
}

/** @throws AwsError ValidationException for a parameter that is not supported. */
export function refuseParameters(input: JsonObject): void {
  const { RequestItems = {}, ReturnConsumedCapacity } = input;
  if (ReturnConsumedCapacity === 'INDEXES') throw unsupported('ReturnConsumedCapacity INDEXES; use TOTAL');
  for (const part of [input, ...Object.values(RequestItems as object)] as (JsonObject | undefined)[]) {
    const old = legacy.find((name) => part?.[name] != null);
    if (old) throw unsupported(`the legacy parameter ${old}; use an expression`);
  }
}

/**
 * Refuses or corrects expressions that dynalite evaluates otherwise than DynamoDB.
 * @param data A request as dynalite parsed it.
 * @throws AwsError ValidationException
 */
export function checkExpressions({ _condition, _filter, _updates, KeyConditions = {} }: Parsed): void {
  for (const tree of [_condition, _filter]) if (tree) refuseDocuments(tree.expression);
  for (const [name, { AttributeValueList }] of Object.entries(KeyConditions)) {
    for (const value of AttributeValueList) checkContent(value, '', ` Key: ${name}`);
  }
  if (!_updates) return;
  copyOperands(_updates.sections);
  _updates.sections.sort((a, b) => place(a) - place(b));
}

const unsupported = (what: string) =>
  new AwsError('ValidationException', `the embedded DynamoDB does not support ${what}`);

/** Dynalite never finds two lists or two maps equal, and contains() finds text, numbers and binary only. */
function refuseDocuments(node: Node): void {
  if (Array.isArray(node) || !('args' in node)) return;
  const { type, name, args = [] } = node;
  const operator = String(type === 'function' ? name : type);
  const refused = operator === 'contains' ? ['L', 'M', 'SS', 'NS', 'BS', 'BOOL', 'NULL'] : ['L', 'M'];
  for (const inner of args) {
    refuseDocuments(inner);
    const found = Array.isArray(inner) ? undefined : refused.find((kind) => kind in inner);
    if (found && ['=', '<>', 'in', 'contains'].includes(operator))
      throw unsupported(`${operator} with a value of type ${found}`);
  }
}

/** Dynalite puts an operand's value in its place, and would share a copied attribute with its source. */
function copyOperands(clauses: readonly Clause[]): void {
  for (const clause of clauses) {
    let { val } = clause;
    const set = (value: Node) => {
      val = value === val ? val : structuredClone(value);
    };
    Object.defineProperty(clause, 'val', { get: () => val, set });
  }
}

/** The elements that REMOVE takes out of a list are counted as they were before: they go at the end, last to first. */
function place({ type, path }: Clause): number {
  const last = path.at(-1);
  return type === 'remove' && typeof last === 'number' ? -last : Number.MIN_SAFE_INTEGER;
}
