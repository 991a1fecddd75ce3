import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 A and AA, and what axe advises beyond. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds wrong with a page as it is now: rule and elements. The page must be opened with `bypassCSP`. */
export function violationsOf(page: Page): Promise<string[]> {
  return axeFindings(page, tags);
}

/** By tags or by rules. */
async function axeFindings(page: Page, runOnly: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(source);
  return page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(runOnly)} })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`);
}

/** Pixels by which the page is wider than its window: 0 when nobody has to scroll sideways (WCAG 1.4.10). */
export async function sidewaysPx(page: Page): Promise<number> {
  return page.evaluate('document.scrollingElement.scrollWidth - innerWidth');
}

/** Rules that look at colours: all that a theme changes. */
const colours = ['color-contrast', 'link-in-text-block'];

/**
 * What is wrong with a page as a desk has it and as a phone has it, in the light and in the dark: rules of axe, and
 * content that has to be scrolled sideways at 320 px. Leaves the page light and as wide as it was.
 */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  const look = async (where: string, rules: readonly string[]): Promise<void> => {
    const found = await axeFindings(page, rules);
    faults.push(...found.map((fault) => `${where}: ${fault}`));
  };
  const desk = page.viewportSize();
  await useTheme(page, 'light');
  await look('light', tags);
  await useTheme(page, 'dark');
  await look('dark', colours);
  await page.setViewportSize({ width: 320, height: 640 });
  await expect.poll(() => sidewaysPx(page)).toBeLessThanOrEqual(0);
  // A phone shows what a desk does not, in colours of its own.
  await look('dark, 320 px', colours);
  await useTheme(page, 'light');
  await look('light, 320 px', tags);
  if (desk) await page.setViewportSize(desk);
  return faults;
}

async function useTheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
}

/** Goes to another address without loading the page anew, as the button Back does; what was put into it stays. */
export async function stepTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)});
    dispatchEvent(new PopStateEvent('popstate'));
    new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))`);
}
