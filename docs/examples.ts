import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import ts from 'typescript'

/** A block of code in the documentation. */
export interface Example {
  /** For instance `packages/core/src/key.ts:12`. */
  readonly name: string
  readonly code: string
  /** The source file whose docstring holds the block. Names that it or its package exports need no import there. */
  readonly home: string | undefined
}

export const root: string = join(import.meta.dirname, '..')

const filesBelow = (folder: string, pattern: RegExp): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => join(folder, file))

const packages: readonly string[] = readdirSync(join(root, 'packages'))

const documents = (): readonly string[] => [
  'README.md',
  ...filesBelow('docs', /^(?!api\/).*\.md$/),
  ...packages.flatMap((name) => filesBelow(`packages/${name}`, /^README\.md$|^src\/.*(?<!\.test)\.ts$/)),
]

const fence = /^([ \t]*(?:\* ?)?)```ts\n([\s\S]*?)^[ \t]*(?:\* ?)?```$/gm

const examplesIn = (path: string): readonly Example[] => {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(fence)].map(({ 1: margin = '', 2: body = '', index }) => ({
    name: `${path}:${String(text.slice(0, index).split('\n').length)}`,
    code: margin.includes('*') ? body.replaceAll(/^[ \t]*\* ?/gm, '') : body,
    home: path.endsWith('.ts') ? path : undefined,
  }))
}

/** Every block of the READMEs, of `docs/` and of the docstrings. */
export const findExamples = (): readonly Example[] => documents().flatMap(examplesIn)

const declarations: readonly ((node: ts.Node) => boolean)[] = [
  ts.isVariableDeclaration,
  ts.isBindingElement,
  ts.isParameter,
  ts.isFunctionDeclaration,
  ts.isTypeAliasDeclaration,
  ts.isInterfaceDeclaration,
  ts.isImportSpecifier,
  ts.isNamespaceImport,
  ts.isImportClause,
]

/** Tells whether an identifier only names a member: `x.name`, `{ name: x }`, `{ name: x } = y`, `Space.Name`. */
const isMember = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return false
  if (ts.isQualifiedName(parent)) return parent.right === node
  return ('propertyName' in parent && parent.propertyName === node) || ('name' in parent && parent.name === node)
}

const roleOf = (node: ts.Identifier): 'declared' | 'used' | 'member' => {
  const { parent } = node
  if ('name' in parent && parent.name === node && declarations.some((is) => is(parent))) return 'declared'
  return isMember(node) ? 'member' : 'used'
}

/** The names that a piece of code uses and does not declare. */
const freeNames = (code: string): readonly string[] => {
  const found = { declared: new Set<string>(), used: new Set<string>(), member: new Set<string>() }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found[roleOf(node)].add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('example.ts', code, ts.ScriptTarget.ESNext, true))
  return [...found.used].filter((name) => !found.declared.has(name))
}

const options: ts.CompilerOptions = {
  ...ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.tests.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
      },
    },
  )?.options,
  noUnusedLocals: false,
}

/** For each module, the import that brings each of its names. */
const offersOf = (modules: readonly string[]): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  const here = join(root, 'docs/examples.ts')
  const files = modules.map((name) => {
    const found = ts.resolveModuleName(name, here, options, ts.sys, undefined, undefined, ts.ModuleKind.ESNext)
    return [name, found.resolvedModule?.resolvedFileName ?? name] as const
  })
  const program = ts.createProgram({ rootNames: files.map(([, file]) => file), options })
  const checker = program.getTypeChecker()
  return new Map(
    files.map(([name, file]) => {
      const source = program.getSourceFile(file)
      const symbol = source && checker.getSymbolAtLocation(source)
      const exported = symbol === undefined ? [] : checker.getExportsOfModule(symbol)
      return [name, new Map(exported.map((each) => [each.name, importOf(checker, each, name)]))]
    }),
  )
}

const importOf = (checker: ts.TypeChecker, symbol: ts.Symbol, from: string): string => {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  return `import { ${target.flags & ts.SymbolFlags.Value ? '' : 'type '}${symbol.name} } from '${from}'`
}

const customary: ReadonlyMap<string, string> = new Map([
  ['E', "import * as E from 'fp-ts/lib/Either.js'"],
  ['TE', "import * as TE from 'fp-ts/lib/TaskEither.js'"],
  ['pipe', "import { pipe } from 'fp-ts/lib/function.js'"],
  ['expect', "import { expect } from 'vitest'"],
])

/** Adds the imports that the blocks of docstrings leave out: from their package, their file, siblings and tfjs. */
export const completeExamples = (examples: readonly Example[]): readonly Example[] => {
  const siblings = packages.filter((name) => name !== 'testing').map((name) => `@ptu/${name}`)
  const homes = new Set(examples.flatMap(({ home }) => (home === undefined ? [] : [join(root, home)])))
  const shared = offersOf([...siblings, '@ptu/tensor/backend', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'])
  const own = offersOf([...homes])
  return examples.map((example) => {
    if (example.home === undefined) return example
    const first = [`@ptu/${example.home.split('/')[1] ?? ''}`, join(root, example.home)]
    const known = [...first.flatMap((name) => own.get(name) ?? shared.get(name) ?? []), customary, ...shared.values()]
    const imports = freeNames(example.code).flatMap((name) => known.find((each) => each.has(name))?.get(name) ?? [])
    return { ...example, code: [...imports, example.code].join('\n') }
  })
}

/** The type errors of each file, one line a problem. */
export const typeErrors = (files: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const program = ts.createProgram({ rootNames: files, options })
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file)
      const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      return [file, problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))]
    }),
  )
}
