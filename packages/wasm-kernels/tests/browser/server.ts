import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Respond } from '@ptu/testing'
import ts from 'typescript'

const require = createRequire(import.meta.url)
const packageFile = (name: string, path: string): string => join(dirname(require.resolve(`${name}/package.json`)), path)
const root = fileURLToPath(new URL('../..', import.meta.url))

const page = `<!doctype html><script src="/tf.js"></script><script src="/tf-wasm.js"></script>
<script type="importmap">{"imports":{"@tensorflow/tfjs-core":"/core.mjs","@tensorflow/tfjs-backend-wasm":"/backend.mjs"}}</script>
<script type="module" src="/tests/browser/page.mjs"></script>`

/** A module that exports the members of a global under the names that a module has. */
const reExport = (global: string, module: object): string =>
  Object.keys(module)
    .filter((name) => /^[a-z_]\w*$/i.test(name) && name !== 'default')
    .map((name) => `export const ${name} = ${global}.${name}`)
    .join('\n')

const source = async (path: string): Promise<string> => {
  const text = await readFile(join(root, path), 'utf8')
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  return ts.transpileModule(text, { compilerOptions }).outputText
}

const JS = 'text/javascript'

/** Serves the page, the sources of this package and the backend's binaries. */
export const respond: Respond = async (path) => {
  const fixed: Readonly<Record<string, () => string | Promise<string>>> = {
    '/tf.js': () => readFile(packageFile('@tensorflow/tfjs', 'dist/tf.min.js'), 'utf8'),
    '/tf-wasm.js': () => readFile(packageFile('@tensorflow/tfjs-backend-wasm', 'dist/tf-backend-wasm.min.js'), 'utf8'),
    '/core.mjs': async () => reExport('globalThis.tf', await import('@tensorflow/tfjs-core')),
    '/backend.mjs': async () => reExport('globalThis.tf.wasm', await import('@tensorflow/tfjs-backend-wasm')),
    '/tests/browser/page.mjs': () => readFile(new URL('page.mjs', import.meta.url), 'utf8'),
  }
  if (path === '/') return ['text/html', page]
  const make = fixed[path]
  if (make !== undefined) return [JS, await make()]
  if (/^\/src\/[\w/-]+\.ts$/.test(path)) return [JS, await source(path)]
  const binary = /^\/wasm\/([\w-]+\.wasm)$/.exec(path)?.[1]
  return binary === undefined
    ? undefined
    : ['application/wasm', await readFile(packageFile('@tensorflow/tfjs-backend-wasm', `dist/${binary}`))]
}
