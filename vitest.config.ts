import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{contracts,server,console,simulator,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'data*/**'],
    globalSetup: ['server/test/support/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 3,
  },
});
