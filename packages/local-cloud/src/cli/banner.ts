import type { Deployment } from '../cloud/deploy.ts';

/** What a person sees when the cloud is ready: where to go, and what to try. */
export function banner({ api, live, cloud, outputs }: Deployment, token: string): string {
  const addresses = [
    ['API', api],
    ['Live', live],
    ['Mail', `${cloud.publicUrl}/_local/mail`],
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

/** Commands ready to paste, when the stack's outputs say what to post and where. */
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
    'and see what became of it:',
    '',
    `curl ${OrdersUrl} -H 'Authorization: Bearer ${token}'`,
    '',
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
