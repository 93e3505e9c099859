import { account, region } from '../wire/account.ts';
import { noValue } from './intrinsics.ts';

/** A parameter as a template declares it. */
export interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
  readonly MinLength?: number | string;
  readonly MaxLength?: number | string;
  readonly MinValue?: number | string;
  readonly MaxValue?: number | string;
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
  const values = ['String', 'Number'].includes(Type)
    ? [String(Default)]
    : String(Default)
        .split(',')
        .map((text) => text.trim());
  const wrong = values.find((text) => !isAllowed(text, parameter));
  if (wrong !== undefined) {
    throw new Error(
      `parameter ${name} has the default ${JSON.stringify(wrong)}, which its declaration forbids`,
    );
  }
  return ['String', 'Number'].includes(Type) ? Default : values;
}

function isAllowed(text: string, parameter: Parameter): boolean {
  const { Type, AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = parameter;
  const within = (value: number, min: number | string = -Infinity, max: number | string = Infinity) =>
    value >= Number(min) && value <= Number(max);
  return (
    (AllowedValues === undefined || AllowedValues.map(String).includes(text)) &&
    (AllowedPattern === undefined || new RegExp(`^(?:${AllowedPattern})$`).test(text)) &&
    within(text.length, MinLength, MaxLength) &&
    (!Type.includes('Number') || (text !== '' && within(Number(text), MinValue, MaxValue)))
  );
}
