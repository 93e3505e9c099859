const commercialConsole = 'console.aws.amazon.com';

/** The consoles of the partitions that have their own. */
const consoles: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** Address of an execution in the AWS console. */
export const executionUrlOf = (executionArn: string): string =>
  urlOf(executionArn, `v2/executions/details/${executionArn}`);

/** Address of a state machine in the AWS console. */
export const stateMachineUrlOf = (stateMachineArn: string): string =>
  urlOf(stateMachineArn, `statemachines/view/${stateMachineArn}`);

function urlOf(arn: string, page: string): string {
  const [, partition = '', , region = ''] = arn.split(':');
  const host = `${region}.${consoles[partition] ?? commercialConsole}`;
  return `https://${host}/states/home?region=${region}#/${page}`;
}
