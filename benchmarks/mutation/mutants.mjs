// All mutants of the sources of a package, found on the compiler's syntax tree, and the compiler's word on one of them.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import ts from 'typescript'

import { replacements } from './operators.mjs'

/** Tells whether mutants must not touch a node: types, imports, and the words of an error. */
const isLeftAlone = (node) =>
  ts.isTypeNode(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isTemplateExpression(node) ||
  (ts.isNewExpression(node) && /Error$/.test(node.expression.getText()))

const lineAt = (text, position) =>
  text
    .slice(text.lastIndexOf('\n', position - 1) + 1)
    .split('\n', 1)[0]
    .trim()

/** Tells whether a node is run as one: a block, or the expression that an arrow function returns. */
const isRegion = (node) =>
  ts.isBlock(node)
    ? !ts.isConstructorDeclaration(node.parent)
    : ts.isArrowFunction(node.parent) && node.parent.body === node

/** The mutants of a source, each with the innermost region that it lies in, and all regions. */
const mutantsIn = (root, source, checker) => {
  const whole = source.text
  const file = relative(root, source.fileName)
  const names = new Set(source.identifiers?.keys?.() ?? [])
  const context = { checker, names, text: (node) => node.getText(source) }
  const found = []
  const regions = []
  const visit = (node, outer) => {
    if (isLeftAlone(node)) return
    const [start, end] = [node.getStart(source), node.end]
    const isInner = isRegion(node)
    if (isInner) regions.push({ start, end, isBlock: ts.isBlock(node), name: `${file}:${start}` })
    const region = isInner ? `${file}:${start}` : outer
    for (const replacement of replacements(node, context)) {
      const text = whole.slice(0, start) + replacement + whole.slice(end)
      const line = source.getLineAndCharacterOfPosition(start).line + 1
      const [was, becomes] = [lineAt(whole, start), lineAt(text, start)]
      const part = was === becomes ? `${whole.slice(start, end)} -> ${replacement}` : undefined
      found.push({ file, line, was, becomes: part ?? becomes, text, region })
    }
    ts.forEachChild(node, (child) => visit(child, region))
  }
  ts.forEachChild(source, (node) => visit(node, undefined))
  return { file, found, marked: () => marked(whole, regions) }
}

/** The text of a source in which every region says that it was run. */
const marked = (whole, regions) => {
  const inserts = regions.flatMap(({ start, end, isBlock, name }) => {
    const mark = `(globalThis.reached ??= new Set()).add(${JSON.stringify(name)})`
    if (isBlock) return [[start + 1, `${mark};`]]
    return [
      [start, `(${mark},`],
      [end, ')'],
    ]
  })
  return inserts
    .toSorted(([a], [b]) => b - a)
    .reduce((text, [at, insert]) => text.slice(0, at) + insert + text.slice(at), whole)
}

const optionsOf = (folder) => {
  const path = join(folder, 'tsconfig.json')
  return ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, folder)
}

/** The sources of a package: no tests, nothing generated. */
const sourcesOf = (folder) =>
  readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && !/\.test(-d)?\.ts$|(^|\/)generated\/|(^|\/)index\.ts$/.test(name))
    .map((name) => join(folder, 'src', name))

/**
 * Opens a package for mutation: `mutants` are all of its mutants, `marks` its sources with regions that say that they
 * were run, `compiles(mutant)` tells whether the type checker lets one pass. A mutant that does not compile does not
 * count.
 */
export const openPackage = (root, name) => {
  const folder = join(root, 'packages', name)
  const { options } = optionsOf(folder)
  const files = sourcesOf(folder)
  const overlay = new Map()
  const versions = new Map()
  const host = {
    getCompilationSettings: () => ({
      ...options,
      noEmit: true,
      composite: false,
      incremental: false,
      customConditions: ['@ptu/source'],
      noUnusedLocals: false,
      noUnusedParameters: false,
    }),
    getScriptFileNames: () => files,
    getScriptVersion: (path) => String(versions.get(path) ?? 0),
    getScriptSnapshot: (path) => {
      const text = overlay.get(path) ?? ts.sys.readFile(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
  }
  const service = ts.createLanguageService(host)
  const program = service.getProgram()
  const checker = program.getTypeChecker()
  const sources = files.map((path) => mutantsIn(root, program.getSourceFile(path), checker))
  const set = (path, text) => {
    overlay.set(path, text)
    versions.set(path, (versions.get(path) ?? 0) + 1)
  }
  const compiles = ({ file, text }) => {
    const path = join(root, file)
    set(path, text)
    const problems = [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)]
    set(path, readFileSync(path, 'utf8'))
    return problems.length === 0
  }
  return {
    mutants: sources.flatMap(({ found }) => found),
    marks: sources.map((source) => ({ file: source.file, text: source.marked() })),
    compiles,
  }
}
