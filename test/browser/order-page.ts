import type { BrowserContext, Page } from 'playwright-core';
import { violationsIn } from './accessibility.ts';

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
    violations: (state) => violationsIn(page, state),
  };
}
