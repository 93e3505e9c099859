const commercialConsole = 'console.aws.amazon.com';

/** The consoles of the partitions that have their own. */
const consoles: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** Address of an execution in the AWS console. */
export function consoleUrlOf(executionArn: string): string {
  const [, partition = '', , region = ''] = executionArn.split(':');
  const host = `${region}.${consoles[partition] ?? commercialConsole}`;
  return `https://${host}/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}
