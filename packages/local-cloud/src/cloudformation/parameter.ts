import { account, region } from '../wire/account.ts';
import { noValue } from './intrinsics.ts';

/** A parameter as a template declares it. */
export interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
}

const types = ['String', 'Number', 'CommaDelimitedList', 'List<Number>'];

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
  const { Type, Default } = parameter;
  if (Type.startsWith('AWS::SSM::')) {
    throw new Error(
      `parameter ${name} is read from SSM Parameter Store, which the local cloud does not have`,
    );
  }
  if (!types.includes(Type)) {
    throw new Error(`parameter ${name} has the type ${Type}; the local cloud knows ${types.join(', ')}`);
  }
  if (Default === undefined) {
    throw new Error(`parameter ${name} has no default value, and the local cloud has no other to give it`);
  }
  const list = String(Default)
    .split(',')
    .map((text) => text.trim());
  const isList = Type.includes('List');
  const { AllowedValues, AllowedPattern } = parameter;
  for (const text of isList ? list : [String(Default)]) {
    const isNumber = text !== '' && Number.isFinite(Number(text));
    if (
      (Type.includes('Number') && !isNumber) ||
      (AllowedValues && !AllowedValues.map(String).includes(text)) ||
      (AllowedPattern && !new RegExp(`^(?:${AllowedPattern})$`).test(text))
    ) {
      throw new Error(`parameter ${name} has the default ${text}, which its declaration does not allow`);
    }
  }
  return isList ? list : Default;
}
