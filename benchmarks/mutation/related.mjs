// Finds the tests of a package that import each of its files, directly or through others.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

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

/** The tests of a package that a file reaches: the one with its name first, then by `seconds`. */
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
  const reached = testsOf(join(root, 'packages', name)).map((test) => [relative(root, test), reach(test)])
  return (file, seconds) => {
    const own = basename(file, '.ts')
    const rank = (test) => (basename(test, '.test.ts') === own ? -1 : (seconds.get(test) ?? 0))
    return reached
      .filter(([, files]) => files.has(join(root, file)))
      .map(([test]) => test)
      .toSorted((a, b) => rank(a) - rank(b))
  }
}
