import { mkdirSync } from 'node:fs';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';

/** Where the screenshots of the suite go; git ignores it. */
const screenshots = path.join(import.meta.dirname, '../../screenshots');

/** The order page in a browser, in the words of its tests. */
export interface OrderPage {
  readonly page: Page;
  /** What the console complained of. */
  readonly complaints: readonly string[];
  place(outcome: 'tok_slow' | 'tok_visa' | 'tok_flaky' | 'tok_declined'): Promise<void>;
  /** Waits until the order is in a phase. */
  phase(name: string): Promise<void>;
  /** Waits until a stage has a status. */
  stage(name: string, status: string): Promise<void>;
  /** Waits until a figure of the proof has a value. */
  figure(name: string, value: number): Promise<void>;
  /** The job that is shown. */
  jobId(): Promise<string>;
  press(button: string): Promise<void>;
  /** What axe finds wrong, in light and in dark, and a screenshot of each. */
  violations(state: string): Promise<string[]>;
}

/** Opens the page. */
export async function openOrderPage(url: string, context: BrowserContext): Promise<OrderPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return orderPageOn(page, complaints);
}

/** The order page in a tab that is open already. */
export function orderPageOn(page: Page, complaints: readonly string[] = []): OrderPage {
  // Only the test's own timeout counts.
  page.setDefaultTimeout(0);
  const waitFor = async (selector: string) => void (await page.waitForSelector(selector));
  return {
    page,
    complaints,
    place: (outcome) => page.click(`[data-outcome=${outcome}]:not([aria-disabled=true])`),
    phase: (name) => waitFor(`[data-phase=${name}]`),
    stage: (name, status) => waitFor(`[data-stage=${name}][data-status=${status}]`),
    figure: (name, value) => waitFor(`[data-figure=${name}] dd:text-is("${value}")`),
    jobId: async () => (await page.textContent('.facts code')) ?? '',
    press: (button) => page.click(`button:has-text("${button}"):not([aria-disabled=true]):not([disabled])`),
    async violations(state) {
      const found: string[] = [];
      mkdirSync(screenshots, { recursive: true });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.screenshot({
          path: path.join(screenshots, `${state}-${colorScheme}.png`),
          fullPage: true,
        });
        for (const violation of await axeViolations(page)) found.push(`${colorScheme}: ${violation}`);
      }
      return found;
    },
  };
}

async function axeViolations(page: Page): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  if (!isThere) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
