import { mkdirSync } from 'node:fs';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Where the screenshots of the suites go; git ignores it. */
const screenshots = path.join(import.meta.dirname, '../../screenshots');

/** What axe finds wrong in a page, in light and in dark. Each also leaves a screenshot, named after the state. */
export async function violationsIn(page: Page, state: string): Promise<string[]> {
  const found: string[] = [];
  mkdirSync(screenshots, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: path.join(screenshots, `${state}-${colorScheme}.png`), fullPage: true });
    for (const violation of await axeViolations(page)) found.push(`${colorScheme}: ${violation}`);
  }
  return found;
}

async function axeViolations(page: Page): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  if (!isThere) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
