import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const packages = join(import.meta.dirname, '../packages')

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly imports?: Readonly<Record<string, { readonly node: string; readonly default: string }>>
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as Manifest

/** Lists what a built file and the chunks behind it import from elsewhere, apart from what is imported when it is asked for. */
const importsOf = (file: string, seen = new Set<string>()): readonly string[] => {
  if (seen.has(file)) return []
  seen.add(file)
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext)
  return source.statements
    .filter((statement) => ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))
    .flatMap(({ moduleSpecifier }) =>
      moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text] : [],
    )
    .flatMap((id) => (id.startsWith('.') ? importsOf(join(dirname(file), id), seen) : [id]))
}

/** The entries that run in browsers too. */
const browserEntries = readdirSync(packages)
  .filter((name) => !['cli', 'config', 'testing'].includes(name))
  .flatMap((name) =>
    Object.entries(manifestOf(name).exports).flatMap(([entry, target]) =>
      typeof target === 'string' || ['./node', './queue', './early'].includes(entry)
        ? []
        : [{ name, entry, file: join(packages, name, target.default) }],
    ),
  )

describe('the built packages', () => {
  it.each(browserEntries)('$name $entry imports nothing that only Node has', ({ file }) => {
    expect(importsOf(file).filter((id) => id.startsWith('node:'))).toEqual([])
  })

  it.each(browserEntries)('$name $entry finds what it imports by another name', ({ name, file }) => {
    const { imports = {} } = manifestOf(name)
    for (const id of importsOf(file).filter((other) => other.startsWith('#'))) {
      expect(imports[id]?.default).toBe(id.replace('#', '@tensorflow/'))
      expect(existsSync(join(packages, name, imports[id]?.node ?? ''))).toBe(true)
    }
  })

  it('hold the one TensorFlow.js of everyone else, with all of its names', async () => {
    const place = join(packages, 'tensor/dist/tfjs-core.node.js')
    const core = (await import(/* @vite-ignore */ place)) as Readonly<Record<string, unknown>>
    const required = createRequire(place)('@tensorflow/tfjs-core') as Readonly<Record<string, unknown>>
    const imported = Object.keys(await import('@tensorflow/tfjs-core'))
    expect(core['Tensor']).toBe(required['Tensor'])
    expect(Object.keys(core).toSorted()).toEqual(imported.filter((key) => key !== 'default').toSorted())
  })

  it('fuse multiply-adds in the command on every Node', { timeout: 120_000 }, () => {
    const said = execFileSync(process.execPath, [join(packages, 'cli/bin/ptu.js'), 'doctor', '--json'], {
      encoding: 'utf8',
    })
    expect(said).toContain('training kernels: relaxed')
  })
})
