import { defineConfig } from 'vitest/config';

/**
 * `unit` and `contract` run side by side; `e2e` starts whole platforms and browsers, one at a time. Files of a worker
 * share what they import: to import it anew for each took a third of the time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          isolate: false,
          root: import.meta.dirname,
          include: ['**/*.test.ts'],
          exclude: ['e2e/**'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          isolate: false,
          root: import.meta.dirname,
          include: ['e2e/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          // A browser on a busy machine now and then misses an event; what fails twice is a fault. Retries are shown.
          retry: 1,
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
