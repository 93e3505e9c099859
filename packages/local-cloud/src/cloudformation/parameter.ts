import { account, region } from '../wire/account.ts';
import { noValue } from './intrinsics.ts';

/** A parameter as a template declares it. */
export interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
}

const types = ['String', 'Number', 'CommaDelimitedList'];

/**
 * The value of a parameter, which is its default, or of a pseudo parameter.
 * @throws Error when there is no such parameter, or CloudFormation would not take its default.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function parameterValue(
  declared: Readonly<Record<string, Parameter>>,
  stackName: string,
  name: string,
): unknown {
  const pseudo: Record<string, unknown> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/local`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': noValue,
  };
  if (Object.hasOwn(pseudo, name)) return pseudo[name];
  const parameter = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (!parameter) throw new Error(`there is no resource or parameter ${name}`);
  const { Type, Default, AllowedValues, AllowedPattern = '[^]*' } = parameter;
  const refuse = (why: string): Error => new Error(`parameter ${name} ${why}`);
  if (Type.startsWith('AWS::SSM::'))
    throw refuse('is read from SSM Parameter Store, which the local cloud does not have');
  if (!types.includes(Type)) throw refuse(`has the type ${Type}; the local cloud knows ${types.join(', ')}`);
  if (Default === undefined)
    throw refuse('has no default value, and the local cloud has no other to give it');
  const isList = Type === 'CommaDelimitedList';
  const texts = isList
    ? String(Default)
        .trim()
        .split(/\s*,\s*/)
    : [String(Default)];
  const pattern = new RegExp(`^(?:${AllowedPattern})$`);
  for (const text of texts) {
    const isNumber = Type !== 'Number' || (text !== '' && Number.isFinite(Number(text)));
    if (!isNumber || !pattern.test(text) || AllowedValues?.map(String).includes(text) === false)
      throw refuse(`has the default ${text}, which its declaration does not allow`);
  }
  return isList ? texts : Default;
}
