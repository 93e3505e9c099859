import { expect, it } from '@jest/globals';
import { banner } from '../../src/cli/banner.ts';

const deployment = {
  api: 'http://127.0.0.1:3000/api',
  live: undefined,
  outputs: { OrdersUrl: 'http://127.0.0.1:3000/api/orders', Table: 'jobs' },
  publicUrl: 'http://127.0.0.1:3000',
  awsUrl: 'http://127.0.0.1:4566',
};

it('shows addresses, outputs and the text of the project', () => {
  expect(banner(deployment, 'Try it:\n\ncurl …\n')).toBe(`Ready on this machine:

  API      http://127.0.0.1:3000/api
  Console  http://127.0.0.1:3000/_local/
  Mail     http://127.0.0.1:3000/_local/inbox
  AWS      http://127.0.0.1:4566

Outputs of the stack:

  OrdersUrl  http://127.0.0.1:3000/api/orders
  Table      jobs

Try it:

curl …

Ctrl-C stops it. --help lists the options.
`);
});

it('leaves out what there is none of', () => {
  const text = banner({ ...deployment, api: undefined, live: 'ws://127.0.0.1:3000/live', outputs: {} }, '');

  expect(text).toContain('  Live     ws://127.0.0.1:3000/live\n');
  expect(text).not.toMatch(/API|Outputs/);
});

it('names the page of the project first', () => {
  const text = banner({ ...deployment, hasSite: true }, '');

  expect(text).toMatch(/machine:\n\n {2}Page {5}http:\/\/127\.0\.0\.1:3000\/\n/);
});
