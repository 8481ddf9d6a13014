import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  ssr: {
    resolve: {
      conditions: ['@alex/source', 'node'],
      externalConditions: ['@alex/source'],
    },
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts', 'test/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/e2e/**'],
    globalSetup: ['test/node-version.ts'],
    reporters: ['default', './test/counting-reporter.ts'],
    testTimeout: 20_000,
    // Children (a command, an agent) find the source of the packages, not a stale dist.
    execArgv: ['--conditions=@alex/source'],
    env: { NO_COLOR: '1' },
  },
};
export default config;
