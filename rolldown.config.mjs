// Bundles each package into the files that its exports name, in `dist`. What a package imports from others stays an import, so
// that every module is loaded once, whoever asks for it; but for fp-ts, of which the functions in use are copied, since they are
// plain functions over plain data in thirty files. In the folder of a package that package alone.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'

const packages = join(import.meta.dirname, 'packages')

/** The files of a package that are loaded by their place, by the command, by threads and by scripts, beside those of its exports. */
const byPlace = {
  cli: ['src/main.ts', 'src/run.ts', 'src/measures/table.ts'],
  experiments: ['src/node/thread.ts', 'src/node/serve-thread.ts'],
  formats: ['src/architectures/recognise.ts', 'src/architectures/table.ts'],
}

/** Chunks are as deep as the modules that look for files beside them. */
const chunks = { experiments: 'node/' }

/** Its ES modules, from which the rest can be left out. */
const fpTs = {
  name: 'fp-ts',
  resolveId: (id) => (id.startsWith('fp-ts/lib/') ? join(packages, '../node_modules', id.replace('lib', 'es6')) : null),
}

/** CommonJS packages, and the names for them in the `imports` of a package: in Node a file of this build, elsewhere the package. */
const required = new Map([
  ['@tensorflow/tfjs-core', '#tfjs-core'],
  ['@tensorflow/tfjs-backend-wasm', '#tfjs-backend-wasm'],
])

const namesOf = (id) => Object.keys(createRequire(import.meta.url)(id)).filter((name) => name !== 'default')

/** Has Node get CommonJS packages by `require`: for an import it looks for names in all of their text, in every thread. */
const byRequire = {
  name: 'by-require',
  resolveId: (id) => (required.has(id) ? { id: required.get(id), external: true } : null),
  generateBundle(_, bundle) {
    const imported = new Set(
      Object.values(bundle).flatMap(({ imports = [], dynamicImports = [] }) => [...imports, ...dynamicImports]),
    )
    for (const [id, alias] of required) {
      if (!imported.has(alias)) continue
      const names = namesOf(id).join(', ')
      const source = `import { createRequire } from 'node:module'\nexport const { ${names} } = createRequire(import.meta.url)('${id}')\n`
      this.emitFile({ type: 'asset', fileName: `${alias.slice(1)}.node.js`, source })
    }
  },
}

const isPackage = (id) => !id.startsWith('.') && !isAbsolute(id) && !id.startsWith('fp-ts/') && !required.has(id)

const configOf = (name) => {
  const folder = join(packages, name)
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const sources = Object.values(exports).flatMap((entry) => entry['@ptu/source'] ?? [])
  const entries = [...sources, ...(byPlace[name] ?? [])]
  const nameOf = (path) => path.replace(/^(\.\/)?src\//, '').replace(/\.ts$/, '')
  return {
    input: Object.fromEntries(entries.map((path) => [nameOf(path), join(folder, path)])),
    platform: 'neutral',
    plugins: [fpTs, byRequire],
    external: isPackage,
    treeshake: { moduleSideEffects: (id) => !id.includes('/fp-ts/') },
    output: {
      dir: join(folder, 'dist'),
      entryFileNames: '[name].js',
      chunkFileNames: `${chunks[name] ?? ''}[name].js`,
      sourcemap: true,
    },
  }
}

const here = process.cwd()
const own = readdirSync(packages).filter((name) => here === join(packages, name))
const all = readdirSync(packages).filter((name) => existsSync(join(packages, name, 'package.json')))

export default (own.length > 0 ? own : all).map(configOf)
