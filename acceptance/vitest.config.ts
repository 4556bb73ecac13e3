import { defineConfig } from 'vitest/config';

/** Each file starts programs of its own, so two files at once fill two cores. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    maxWorkers: 2,
  },
});
