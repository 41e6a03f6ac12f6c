import { defineConfig } from 'vitest/config'

// Tests read the sources, not a build that may be stale.
const conditions = ['@ptu/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/tests/**/*.test.ts', 'docs/**/*.test.ts'],
    setupFiles: ['./packages/testing/src/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
