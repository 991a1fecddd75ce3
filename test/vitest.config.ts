import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, first of all: begun late they would go on alone at the end. */
const longest = [
  'outage/outage.',
  'contract/store.',
  'embedded/embedded-store.',
  'e2e/start.',
  'e2e/crash.',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      longest.some((name) => moduleId.includes(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * First `unit` with `contract`, then `e2e`, which starts whole platforms and browsers. More at once than there are cores
 * where much of the time is waited. Files of a worker share what they import: to import it anew for each took a third of
 * the time.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/support/dashboard-is-built.ts',
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
          maxWorkers: 3,
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
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // A browser on a busy machine now and then misses an event; what fails twice is a fault. Retries are shown.
          retry: 1,
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
