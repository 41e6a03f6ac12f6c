import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import type { Respond } from '@ptu/testing'
import ts from 'typescript'

const require = createRequire(import.meta.url)
const packageFile = (name: string, path: string): string => join(dirname(require.resolve(`${name}/package.json`)), path)
const packages = join(import.meta.dirname, '../../..')

const siblings = ['core', 'tensor', 'layers', 'gates', 'networks', 'strategies', 'tfjs-layers']

const imports = {
  ...Object.fromEntries(siblings.map((name) => [`@ptu/${name}`, `/packages/${name}/src/index.ts`])),
  '@tensorflow/tfjs-core': '/core.mjs',
  '@tensorflow/tfjs-layers': '/layers.mjs',
  'fp-ts/lib/': '/fp-ts/',
}

const page = `<!doctype html><script src="/tf.js"></script>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="/page.mjs"></script>`

/** A module that exports the members of the global `tf` under the names that a module has. */
const reExport = (module: object): string =>
  Object.keys(module)
    .filter((name) => /^[a-z_]\w*$/i.test(name) && name !== 'default')
    .map((name) => `export const ${name} = globalThis.tf.${name}`)
    .join('\n')

const source = async (path: string): Promise<string> => {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  return ts.transpileModule(await readFile(join(packages, path), 'utf8'), { compilerOptions }).outputText
}

const fixed: Readonly<Record<string, () => Promise<string>>> = {
  '/tf.js': () => readFile(packageFile('@tensorflow/tfjs', 'dist/tf.min.js'), 'utf8'),
  '/core.mjs': async () => reExport(await import('@tensorflow/tfjs-core')),
  '/layers.mjs': async () => reExport(await import('@tensorflow/tfjs-layers')),
  '/page.mjs': () => readFile(new URL('page.mjs', import.meta.url), 'utf8'),
}

const JS = 'text/javascript'

/** Serves the page and the models of a folder. */
export const pageOf =
  (models: string): Respond =>
  async (path) => {
    if (path === '/') return ['text/html', page]
    const make = fixed[path]
    if (make !== undefined) return [JS, await make()]
    const [, file] = /^\/packages\/([\w/-]+\.ts)$/.exec(path) ?? []
    if (file !== undefined) return [JS, await source(file)]
    const [, module] = /^\/fp-ts\/(\w+)(?:\.js)?$/.exec(path) ?? []
    if (module !== undefined) return [JS, await readFile(packageFile('fp-ts', `es6/${module}.js`))]
    const [, model] = /^\/model\/(\w+\/[\w.]+)$/.exec(path) ?? []
    return model === undefined ? undefined : ['application/octet-stream', await readFile(join(models, model))]
  }
