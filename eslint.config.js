import { readFileSync } from 'node:fs'

import importX from 'eslint-plugin-import-x'
import tsdoc from 'eslint-plugin-tsdoc'
import tseslint from 'typescript-eslint'

const { arrows, fpTs } = JSON.parse(readFileSync(new URL('docs/architecture.json', import.meta.url), 'utf8'))

const fpTsPaths = {
  regex: '^fp-ts/(?!lib/)',
  message: 'fp-ts/X is a directory import: Node ESM refuses it. Import fp-ts/lib/X.js.',
}
const noFpTs = { group: ['fp-ts/*'], message: 'fp-ts stays at the edges: docs/architecture.json.' }
const arrowsOf = (name, allowed) => ({
  regex: `^@ptu/(?!(${allowed.join('|') || '-'})(/|$))`,
  message: `packages/${name} may import ${allowed.join(', ') || 'no sibling'}: docs/architecture.json.`,
})
const engineMemory = {
  name: '@tensorflow/tfjs-core',
  importNames: ['tidy', 'keep', 'dispose'],
  message: 'Use scope from @ptu/tensor.',
}

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/generated/**',
      'packages/wasm-kernels/assembly/**',
      '**/*.js',
      '**/*.mjs',
      '**/*.config.ts',
      'docs/api/**',
      'runs/**',
      '.cache/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    plugins: { 'import-x': importX, tsdoc },
    languageOptions: { parserOptions: { project: ['./tsconfig.tests.json'], tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'tsdoc/syntax': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'max-lines': ['error', { max: 200 }],
      'max-lines-per-function': ['error', 40],
      complexity: ['error', 10],
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [fpTsPaths], paths: [engineMemory] }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Draw from a Key.' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ClassDeclaration[superClass.name!=/Error$/]', message: 'Only errors are classes.' },
        { selector: 'Program > VariableDeclaration[kind="let"]', message: 'No module state.' },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  ...Object.entries(arrows).map(([name, allowed]) => ({
    files: [`packages/${name}/src/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [fpTsPaths, arrowsOf(name, allowed)], paths: [engineMemory] }],
    },
  })),
  ...Object.entries(arrows).map(([name, allowed]) => ({
    files: [`packages/${name}/src/**/*.ts`],
    ignores: [...fpTs.map((edge) => `packages/${edge}${edge.endsWith('/') ? '**' : ''}`), '**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [fpTsPaths, noFpTs, arrowsOf(name, allowed)], paths: [engineMemory] },
      ],
    },
  })),
  { files: ['packages/tensor/src/scope.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['packages/cli/src/**'], rules: { 'no-console': 'off' } },
  // A Keras layer has to be a class: docs/adr/0019-bridge-to-layers-models.md.
  { files: ['packages/tfjs-layers/src/*-layer.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.test.ts', 'packages/testing/src/**'],
    rules: { 'max-lines-per-function': 'off', 'no-restricted-syntax': 'off', 'max-lines': 'off' },
  },
)
