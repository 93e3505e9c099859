/**
 * `npm run bench:counts`: what a happy order counts on AWS, and how large the bundles are, against `budgets.ts`. It needs no
 * quiet machine. Ends with exit code 1 when a budget is exceeded.
 */
import { countOrders } from './sections/counts.ts';

const { tables, exceeded } = await countOrders();
for (const { title, rows } of tables) {
  console.log(title);
  console.table(rows);
}
for (const line of exceeded) console.error(`Over budget: ${line}.`);
if (exceeded.length > 0) console.error('Find what counts more, or raise the budget in bench/budgets.ts.');
process.exitCode = exceeded.length > 0 ? 1 : 0;
