// Set up before each file of tests: notes which regions of marked sources each of its tests ran, one line of JSON a file.
// Regions that ran before its first hook may have been run by an import, which is done once for all files; what ran
// between its tests is shared by all of them.
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'

const taken = () => {
  const names = [...(globalThis.reached ?? [])]
  globalThis.reached = undefined
  return names
}

let onImport = []
const shared = new Set()
const tests = new Map()

const share = () => taken().forEach((name) => shared.add(name))

beforeAll(() => {
  onImport = taken()
})

beforeEach(share)

afterEach(({ task }) => {
  tests.set(task.id, [...(tests.get(task.id) ?? []), ...taken()])
})

afterAll(({}, { filepath }) => {
  const path = process.env['PTU_REACHED']
  if (path === undefined) return
  share()
  const found = { file: relative(process.cwd(), filepath), onImport, shared: [...shared], tests: [...tests] }
  appendFileSync(path, `${JSON.stringify(found)}\n`)
})
