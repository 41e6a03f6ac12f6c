import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'
import { describe, expect, it } from 'vitest'

import architecture from './architecture.json' with { type: 'json' }

const root = join(import.meta.dirname, '..')
const arrows: Readonly<Record<string, readonly string[]>> = architecture.arrows
const longest = 200

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Source {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest

/** The files of a package that are shipped: no tests, nothing generated. */
const sourcesOf = (name: string): readonly Source[] =>
  readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test(-d)?\.ts$|(^|\/)generated\//.test(file))
    .map((file) => {
      const path = join('packages', name, 'src', file)
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, imports: ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName) }
    })

const sibling = (specifier: string): string | undefined => /^@ptu\/([^/]+)/.exec(specifier)?.[1]

const packages = readdirSync(join(root, 'packages'))
const sources = new Map(packages.map((name) => [name, sourcesOf(name)]))

/** The files of a package that `wrong` objects to. */
const pathsOf = (name: string, wrong: (source: Source) => boolean): readonly string[] =>
  (sources.get(name) ?? []).filter(wrong).map(({ path }) => path)

/** Every import of a package that `wrong` objects to, as `file: import`. */
const offences = (name: string, wrong: (specifier: string) => boolean): readonly string[] =>
  (sources.get(name) ?? []).flatMap(({ path, imports }) =>
    imports.filter(wrong).map((specifier) => `${path}: ${specifier}`),
  )

describe.each(packages)('packages/%s', (name) => {
  const allowed = arrows[name] ?? []
  const manifest = manifestOf(name)
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })

  it('has its arrows in docs/architecture.json', () => {
    expect(Object.keys(arrows)).toContain(name)
    expect(manifest.name).toBe(`@ptu/${name}`)
  })

  it('depends only along the arrows', () => {
    const siblings = declared.flatMap((dependency) => sibling(dependency) ?? [])
    expect(siblings.filter((dependency) => !allowed.includes(dependency))).toEqual([])
  })

  it('imports only along the arrows, and only what it declares', () => {
    const undeclared = (specifier: string): boolean => {
      const target = sibling(specifier)
      return target !== undefined && !(allowed.includes(target) && declared.includes(`@ptu/${target}`))
    }
    expect(offences(name, undeclared)).toEqual([])
  })

  it('imports packages by their entries, never their files', () => {
    const deep = (specifier: string): boolean => {
      const [, target, entry = ''] = /^@ptu\/([^/]+)(\/.*)?$/.exec(specifier) ?? []
      if (target !== undefined) return !packages.includes(target) || !(`.${entry}` in manifestOf(target).exports)
      return /^@tensorflow\/[^/]+\//.test(specifier) || /^fp-ts\/(?!lib\/\w+\.js$)/.test(specifier)
    }
    expect(offences(name, deep)).toEqual([])
  })

  it('reaches no file outside of itself', () => {
    const outside = ({ path, imports }: Source): boolean =>
      imports.some((to) => to.startsWith('.') && !join(path, '..', to).startsWith(join('packages', name, 'src')))
    expect(pathsOf(name, outside)).toEqual([])
  })

  it('uses fp-ts only at the edges', () => {
    const inside = ({ path, imports }: Source): boolean =>
      imports.some((specifier) => specifier.startsWith('fp-ts')) &&
      !architecture.fpTs.some((edge) => path.startsWith(`packages/${edge}`))
    expect(pathsOf(name, inside)).toEqual([])
  })

  it(`has no file beyond ${String(longest)} lines`, () => {
    const lines = ({ text }: Source): number => text.trimEnd().split('\n').length
    expect(pathsOf(name, (source) => lines(source) > longest)).toEqual([])
  })
})

describe('packages/experiments', () => {
  it('keeps what results are apart from how runs are made', () => {
    const ofRuns = ({ path, imports }: Source): boolean =>
      path.startsWith('packages/experiments/src/results/') && imports.some((to) => to.startsWith('../run/'))
    expect(pathsOf('experiments', ofRuns)).toEqual([])
  })
})

describe('benchmarks/', () => {
  const files = readdirSync(join(root, 'benchmarks'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs') && !file.includes('node_modules'))
    .map((file) => ({
      path: join('benchmarks', file),
      imports: ts
        .preProcessFile(readFileSync(join(root, 'benchmarks', file), 'utf8'))
        .importedFiles.map(({ fileName }) => fileName),
    }))
  const offending = (wrong: (path: string, specifier: string) => boolean): readonly string[] =>
    files.flatMap(({ path, imports }) =>
      imports.filter((to) => wrong(path, to)).map((specifier) => `${path}: ${specifier}`),
    )

  it('imports packages by their entries, never their files', () => {
    const deep = (_path: string, specifier: string): boolean => {
      const [, target, entry = ''] = /^@ptu\/([^/]+)(\/.*)?$/.exec(specifier) ?? []
      return target !== undefined && !(packages.includes(target) && `.${entry}` in manifestOf(target).exports)
    }
    expect(files.length).toBeGreaterThan(10)
    expect(offending(deep)).toEqual([])
  })

  it('reaches no file outside of itself', () => {
    expect(offending((path, to) => to.startsWith('.') && !join(path, '..', to).startsWith('benchmarks/'))).toEqual([])
  })
})

describe('the arrows', () => {
  it('name packages that exist, and no circle', () => {
    expect(Object.keys(arrows).toSorted()).toEqual(packages.toSorted())
    const below = (name: string, seen: readonly string[] = []): boolean =>
      !seen.includes(name) && (arrows[name] ?? []).every((next) => below(next, [...seen, name]))
    expect(packages.filter((name) => !below(name))).toEqual([])
  })
})
