import { fileURLToPath } from 'node:url'

import { defineConfig } from 'vitest/config'

// Tests read the sources, not a build that may be stale.
const conditions = ['@ptu/source', 'node', 'development|production']

// Else its build for bundlers is taken, which Node cannot load.
const alias = { '@aws-sdk/client-s3': fileURLToPath(import.meta.resolve('@aws-sdk/client-s3')) }

// The seed of `npm run test:long`, printed so that a failure can be repeated: `PTU_SEED=... npm run test:long`.
if (process.env['PTU_SEED'] === undefined && process.argv.includes('long')) {
  process.env['PTU_SEED'] = String(Math.floor(Math.random() * 2 ** 31))
  console.log(`PTU_SEED=${process.env['PTU_SEED']}`)
}

export default defineConfig({
  resolve: { conditions, alias },
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
      // The tests of properties, on new inputs each time.
      {
        extends: true,
        test: {
          name: 'long',
          testTimeout: 600_000,
          include: ['packages/*/src/**/*.test.ts', 'packages/*/tests/**/*.test.ts'],
          setupFiles: ['./packages/testing/src/setup.ts', './packages/testing/src/fresh-properties.ts'],
        },
      },
      // Every example of the documentation, executed, and what is built: `npm run test:docs`.
      { extends: true, test: { name: 'docs', include: ['docs/examples.test.ts', 'docs/bundles.test.ts'] } },
    ],
  },
})
