import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { exampleOrder } from '../../domain/protocol/order-request.ts';
import { type BenchCloud, startBenchCloud } from '../meters/bench-cloud.ts';
import {
  countNames,
  countsOf,
  medianCounts,
  type OrderCounts,
  placeUnwatched,
  placeWatched,
  settledUsage,
} from '../meters/order-counts.ts';
import type { Section } from '../report/section.ts';

/** How often the client of the naive design asks, in milliseconds. */
const pollMs = 2_000;

/** How long the stages of a real order take together, in milliseconds: the expected durations of the stage table. */
const orderMs = 2_600;

/** The product beside the design that most samples show (`bench/naive`), counted by the same meters. */
export async function compareWithNaive(): Promise<Section> {
  const [naive, product] = [await countNaive(), await countProduct()];
  const rows = countNames.map((name) => ({
    'one order': name,
    naive: naive[name],
    'accepted, unwatched': product.unwatched[name],
    'accepted, watched': product.watched[name],
    'naive ÷ watched': ratio(naive[name], product.watched[name]),
  }));
  return {
    title: 'The naive design on AWS',
    text:
      'Two writes a stage, a query of the connection table at each push, a client that holds a socket and also polls every ' +
      `2 s for the ${orderMs / 1000} s that an order takes, the full history index, a \`Succeed\` state (\`bench/naive\`). The ` +
      'same price table bills both; compute time and mail are not in it.',
    tables: [{ title: 'Counts', rows }],
    charts: [],
    headlines: [
      {
        figure: 'USD per million, watched',
        value: product.watched.usdPerMillion,
        beside: `naive ${naive.usdPerMillion} (${ratio(naive.usdPerMillion, product.watched.usdPerMillion)}×)`,
      },
    ],
  };
}

const ratio = (one: number, other: number): string => (other > 0 ? (one / other).toFixed(1) : '');

async function countNaive(): Promise<OrderCounts> {
  const cloud = await startBenchCloud(['--time-scale', '1'], path.join(import.meta.dirname, '../naive'));
  try {
    await placeNaive(cloud);
    await cloud.resetUsage();
    await placeNaive(cloud);
    return countsOf(await settledUsage(cloud));
  } finally {
    await cloud.stop();
  }
}

/** Holds the first stage until the client is connected, so that it is told of every change. */
async function placeNaive(cloud: BenchCloud): Promise<void> {
  await cloud.inject({ target: 'dynamodb:UpdateItem', effect: 'slow', ms: 1_000, times: 1 });
  const { jobId } = await cloud.call<{ jobId: string }>('POST', `${cloud.api}/orders`, exampleOrder);
  const socket = new WebSocket(`${cloud.live}?jobId=${jobId}`);
  await once(socket, 'open');
  for (let waited = pollMs; waited - pollMs < orderMs; waited += pollMs) {
    await pause(pollMs);
    await cloud.call('GET', `${cloud.api}/orders/${jobId}`);
  }
  await cloud.drained();
  socket.close();
  await once(socket, 'close');
}

async function countProduct(): Promise<{ readonly unwatched: OrderCounts; readonly watched: OrderCounts }> {
  const cloud = await startBenchCloud(['--time-scale', '100']);
  try {
    await placeUnwatched(cloud);
    return {
      unwatched: await medianCounts(cloud, 1, placeUnwatched),
      watched: await medianCounts(cloud, 1, placeWatched),
    };
  } finally {
    await cloud.stop();
  }
}
