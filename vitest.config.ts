import { defineConfig } from 'vitest/config'

// Tests read the sources, not a build that may be stale.
const conditions = ['@ptu/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/tests/**/*.test.ts', 'docs/architecture.test.ts'],
          setupFiles: ['./packages/testing/src/setup.ts'],
        },
      },
      // Every example of the documentation, executed: `npm run test:docs`.
      { extends: true, test: { name: 'docs', include: ['docs/examples.test.ts'] } },
    ],
  },
})
