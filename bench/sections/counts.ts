import { statSync } from 'node:fs';
import path from 'node:path';
import { bundles } from '../../lib/bundles.ts';
import { bundleBudgets, expressOrderBudgets, orderBudgets } from '../budgets.ts';
import { startBenchCloud } from '../meters/bench-cloud.ts';
import {
  countNames,
  medianCounts,
  type OrderCounts,
  placeUnwatched,
  placeWatched,
} from '../meters/order-counts.ts';
import type { Section, Table } from '../report/section.ts';

type Orders = Readonly<Record<'unwatched' | 'watched', OrderCounts>>;

const expressFirst = 'workflow=express-first';

/** What an order and a bundle count, and which budgets they exceed. Gives the same on any machine. */
export async function countOrders(): Promise<Section & { readonly exceeded: readonly string[] }> {
  const found = await countEachOrder([]);
  const express = await countEachOrder(['--context', expressFirst]);
  const sizes = bundleSizes();
  const exceeded = [
    ...exceededBy(found, orderBudgets),
    ...exceededBy(express, expressOrderBudgets).map((line) => `${line} (${expressFirst})`),
    ...sizes.flatMap(tooLarge),
  ];
  return {
    title: 'What an order counts on AWS',
    text:
      'A happy order of four stages. Prices are list prices of us-east-1, without the free tier, the functions’ time and mail. ' +
      'Housekeeping is not in it: one batch serves up to 500 orders. The bundles are those that `cdk deploy` uploads.',
    tables: [
      { title: 'Counts', rows: orderRows(found, orderBudgets) },
      { title: `Counts with ${expressFirst}`, rows: orderRows(express, expressOrderBudgets) },
      { title: 'Bundles (KB)', rows: sizes.map(sizeRow) },
    ],
    charts: [],
    headlines: [
      ...(['unwatched', 'watched'] as const).flatMap((name) => [
        headline(`AWS calls, ${name} order`, found[name].calls, orderBudgets[name].calls),
        headline(`write units, ${name} order`, found[name].writeUnits, orderBudgets[name].writeUnits),
        headline(`read units, ${name} order`, found[name].readUnits, orderBudgets[name].readUnits),
        headline(`USD per million, ${name}`, found[name].usdPerMillion, orderBudgets[name].usdPerMillion),
        headline(
          `USD per million, ${name}, ${expressFirst}`,
          express[name].usdPerMillion,
          expressOrderBudgets[name].usdPerMillion,
        ),
      ]),
      headline(
        'bundle of accept (KB)',
        sizes.find(({ name }) => name === 'api/accept')?.kb ?? 0,
        budgetOf('api/accept'),
      ),
    ],
    exceeded,
  };
}

const headline = (figure: string, value: number, budget: number) => ({
  figure,
  value,
  beside: `budget ${budget}`,
});

async function countEachOrder(context: readonly string[]): Promise<Orders> {
  // Batching windows do not end meanwhile.
  const cloud = await startBenchCloud(['--time-scale', '100', ...context]);
  try {
    // Each sandbox reads the learned durations once.
    await placeUnwatched(cloud);
    return {
      unwatched: await medianCounts(cloud, 3, placeUnwatched),
      watched: await medianCounts(cloud, 1, placeWatched),
    };
  } finally {
    await cloud.stop();
  }
}

function exceededBy(found: Orders, budgets: Orders): string[] {
  return (['unwatched', 'watched'] as const).flatMap((order) =>
    countNames.flatMap((name) => {
      const [value, budget] = [found[order][name], budgets[order][name]];
      return value > budget ? `${name} of an order, ${order}: ${value}; budget ${budget}` : [];
    }),
  );
}

const orderRows = (found: Orders, budgets: Orders): Table['rows'] =>
  countNames.map((name) => ({
    'a happy order': name,
    unwatched: found.unwatched[name],
    'its budget': budgets.unwatched[name],
    watched: found.watched[name],
    'its budget, watched': budgets.watched[name],
  }));

interface BundleSize {
  readonly name: string;
  readonly kb: number;
}

function bundleSizes(): BundleSize[] {
  return [...bundles()].toSorted().map(([name, { folder }]) => ({
    name,
    kb: Math.ceil(statSync(path.join(folder, 'index.js')).size / 1024),
  }));
}

const budgetOf = (name: string): number => bundleBudgets[name] ?? bundleBudgets.other;

const sizeRow = ({ name, kb }: BundleSize) => ({ function: name, KB: kb, budget: budgetOf(name) });

const tooLarge = ({ name, kb }: BundleSize): string[] =>
  kb > budgetOf(name) ? [`Bundle of ${name}: ${kb} KB; budget ${budgetOf(name)} KB`] : [];
