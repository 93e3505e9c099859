import { expect, it } from '@jest/globals';
import { addSpending, spendingFrom } from '../../../web/src/spending.ts';

const report = (since: string, totalUsd: number, accepted: number) => ({
  since,
  totalUsd,
  functions: {
    'Shop/Api/Accept/Function/Resource': { invocations: accepted },
    'Shop/Api/Acceptance/Function/Resource': { invocations: 99 },
  },
});

it('counts what was spent, and the orders that were accepted, since the beginning', () => {
  let spending = spendingFrom(report('a', 10, 5));

  spending = addSpending(spending, report('a', 12, 6));
  spending = addSpending(spending, report('a', 13, 7));

  expect(spending).toMatchObject({ usd: 3, orders: 2 });
});

it('goes on when the server was restarted and counts from zero', () => {
  let spending = addSpending(spendingFrom(report('a', 10, 5)), report('a', 12, 6));

  spending = addSpending(spending, report('b', 1, 0));
  spending = addSpending(spending, report('b', 4, 0));

  expect(spending).toMatchObject({ usd: 6, orders: 1 });
});
