import { describe, expect, it } from '@jest/globals';
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { createOrdersClient } from '../../src/index.ts';
import { OrdersProvider, useCreateOrder, useOrder, useOrderHistory } from '../../src/react/index.ts';

/** Renders what a component says, as a server does. */
function rendered(useText: () => ReactNode): string {
  const client = createOrdersClient({ baseUrl: '/api', token: 'secret' });
  const Page = () => createElement('p', null, useText());
  return renderToString(createElement(OrdersProvider, { client }, createElement(Page)));
}

describe('the hooks on a server', () => {
  it('import, create a client and render without a page, and ask nothing', () => {
    expect(rendered(() => useOrder('job-1').connection)).toBe('<p>connecting</p>');
    expect(rendered(() => useOrder(undefined).job?.status ?? 'none')).toBe('<p>none</p>');
    expect(rendered(() => useCreateOrder().state)).toBe('<p>idle</p>');
    expect(rendered(() => useOrderHistory().items.length)).toBe('<p>0</p>');
  });

  it('show a status that the server has read', () => {
    const job = { jobId: 'job-1', version: 3, status: 'processing' } as never;

    expect(rendered(() => useOrder(job).job?.status)).toBe('<p>processing</p>');
  });

  it('name the provider that is missing', () => {
    const Page = () => createElement('p', null, useOrder('job-1').connection);

    expect(() => renderToString(createElement(Page))).toThrow('<OrdersProvider client={…}>');
  });
});
