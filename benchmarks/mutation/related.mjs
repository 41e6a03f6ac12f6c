// Finds the tests of a package that import each of its files, directly or through others. All of them import the set-up.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import ts from 'typescript'

const testsOf = (folder) =>
  ['src', 'tests']
    .map((name) => join(folder, name))
    .filter(existsSync)
    .flatMap((path) => readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name)))
    .filter((path) => path.endsWith('.test.ts'))

const resolveFrom = (root, path, specifier) => {
  if (specifier.startsWith('.')) return join(dirname(path), specifier)
  const [, name, entry] = /^@ptu\/([^/]+)(\/.*)?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  const target = exports[`.${entry ?? ''}`]?.['@ptu/source']
  return target === undefined ? undefined : join(root, 'packages', name, target)
}

/** The tests of a package: `testsOf(file)` that import a file, `filesOf(test)` that a test imports, itself among them. */
export const relatedTests = (root, name) => {
  const importsOf = new Map()
  const imports = (path) => {
    if (!importsOf.has(path)) {
      const text = existsSync(path) && path.endsWith('.ts') ? readFileSync(path, 'utf8') : ''
      const found = ts.preProcessFile(text).importedFiles.map(({ fileName }) => resolveFrom(root, path, fileName))
      importsOf.set(
        path,
        found.filter((target) => target !== undefined),
      )
    }
    return importsOf.get(path)
  }
  const reach = (path, seen = new Set()) => {
    if (seen.has(path)) return seen
    seen.add(path)
    for (const target of imports(path)) reach(target, seen)
    return seen
  }
  const setup = join(root, 'packages/testing/src/setup.ts')
  const reached = testsOf(join(root, 'packages', name)).map((test) => [
    relative(root, test),
    new Set([...reach(test), ...reach(setup)]),
  ])
  const filesOf = new Map(reached.map(([test, files]) => [test, [...files].map((path) => relative(root, path))]))
  return {
    filesOf: (test) => filesOf.get(test),
    testsOf: (file) => [...filesOf].filter(([, files]) => files.includes(file)).map(([test]) => test),
  }
}
