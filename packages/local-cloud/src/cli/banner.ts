import type { Cloud } from '../cloud/create-cloud.ts';
import type { Deployment } from '../cloud/deploy.ts';

/** What the banner shows of a deployment. */
type BannerFacts = Pick<Deployment, 'api' | 'live' | 'outputs'> &
  Pick<Cloud, 'publicUrl' | 'awsUrl'> & {
    /** Whether the project has web pages. */
    readonly hasSite?: boolean;
  };

/**
 * What a person sees when the cloud is ready: addresses, outputs of the stack, and the project's own text.
 * @param own Text of the project; empty for none.
 */
export function banner({ api, live, outputs, publicUrl, awsUrl, hasSite }: BannerFacts, own: string): string {
  const addresses = {
    ...(hasSite && { Page: `${publicUrl}/` }),
    ...(api !== undefined && { API: api }),
    ...(live !== undefined && { Live: live }),
    Console: `${publicUrl}/_local/`,
    Mail: `${publicUrl}/_local/inbox`,
    AWS: awsUrl,
  };
  const sections = [
    `Ready on this machine:\n\n${table(addresses)}`,
    ...(Object.keys(outputs).length > 0 ? [`Outputs of the stack:\n\n${table(outputs)}`] : []),
    ...(own.trim() === '' ? [] : [own.trim()]),
    'Ctrl-C stops it. --help lists the options.',
  ];
  return `${sections.join('\n\n')}\n`;
}

function table(rows: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows)
    .map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
    .join('\n');
}
