// What a run has found so far, kept as it goes: a run that was stopped goes on where it was when it is started again.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Writes a file beside its place and moves it there, so that it is whole at any time. */
export const writeWhole = (path, text) => {
  const at = path instanceof URL ? fileURLToPath(path) : path
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(`${at}.new`, text)
  renameSync(`${at}.new`, at)
}

/** A digest of files by name and content, and of `facts` beside them. */
export const digestOf = (root, files, facts = {}) => {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const file of files.toSorted()) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** The lines of JSON of a file; of a last line that was cut off nothing. */
export const linesOf = (path) => {
  if (!existsSync(path)) return []
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line))
}

const nameOf = ({ file, line, was, becomes }) => JSON.stringify([file, line, was, becomes])

/**
 * Opens what was found before under `key`, a digest of the sample, the rules, the sources and the tests; what was found
 * under another key is dropped. Mutants of one name, which differ in the place within a line, are told apart by their
 * order in the sample.
 */
export const openProgress = (path, key) => {
  const [head, ...lines] = linesOf(path)
  const isSame = head === key
  writeWhole(path, [key, ...(isSame ? lines : [])].map((line) => `${JSON.stringify(line)}\n`).join(''))
  const found = new Map()
  for (const { name, outcome } of isSame ? lines : []) found.set(name, [...(found.get(name) ?? []), outcome])
  return {
    size: isSame ? lines.length : 0,
    /** The outcome that was found before; each is given once. */
    take: (mutant) => found.get(nameOf(mutant))?.shift(),
    note: (mutant, outcome) => appendFileSync(path, `${JSON.stringify({ name: nameOf(mutant), outcome })}\n`),
  }
}
