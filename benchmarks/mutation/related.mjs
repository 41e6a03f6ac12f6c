// Finds the tests of packages that import each of its files, directly or through others. All of them import the set-up.
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

/** The tests of packages: `testsOf(file)` that import a file, `filesOf(test)` that a test imports, itself among them, with the `distance` of imports between. */
export const relatedTests = (root, names) => {
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
  /** The files that a file imports, with the number of imports between, nearest first. */
  const reach = (path) => {
    const seen = new Map([[path, 0]])
    for (const [from, distance] of seen)
      for (const target of imports(from)) if (!seen.has(target)) seen.set(target, distance + 1)
    return seen
  }
  const setup = join(root, 'packages/testing/src/setup.ts')
  const tests = names.flatMap((name) => testsOf(join(root, 'packages', name)))
  const reached = tests.map((test) => [relative(root, test), new Map([...reach(setup), ...reach(test)])])
  const filesOf = new Map(reached.map(([test, files]) => [test, [...files.keys()].map((path) => relative(root, path))]))
  const distances = new Map(reached)
  return {
    filesOf: (test) => filesOf.get(test),
    distance: (test, file) => distances.get(test)?.get(join(root, file)) ?? Infinity,
    testsOf: (file) => [...filesOf].filter(([, files]) => files.includes(file)).map(([test]) => test),
  }
}
