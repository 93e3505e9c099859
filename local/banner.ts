import type { Deployment } from './deploy.ts';

/** What a person sees when the cloud is ready: where to go, and one command to try. */
export function banner({ api, live, cloud, outputs }: Deployment, token: string): string {
  const addresses = [
    ['API', api],
    ['Live', live],
    ['AWS', cloud.awsUrl],
  ].filter(([, url]) => url !== undefined);
  const lines = addresses.map(([name = '', url]) => `  ${name.padEnd(5)} ${url}`);
  return [
    'Ready on this machine:',
    '',
    ...lines,
    '',
    ...example(outputs, token),
    'Ctrl-C stops it. `npm start -- --help` lists the options.',
    '',
  ].join('\n');
}

/** A command ready to paste, when the stack's outputs say what to post and where. */
function example({ OrdersUrl, ExampleOrder }: Deployment['outputs'], token: string): string[] {
  if (OrdersUrl === undefined || ExampleOrder === undefined) return [];
  return [
    'Try it:',
    '',
    `curl -i ${OrdersUrl} \\`,
    `  -H 'Authorization: Bearer ${token}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(ExampleOrder)}`,
    '',
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
