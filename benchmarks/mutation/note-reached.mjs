// Set up before each file of tests: notes which regions of marked sources it ran, one line of JSON a file. Regions that ran
// before its first test may have been run by an import, which is done once for all files.
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'

import { afterAll, beforeAll } from 'vitest'

const taken = () => {
  const names = [...(globalThis.reached ?? [])]
  globalThis.reached = undefined
  return names
}

let onImport = []

beforeAll(() => {
  onImport = taken()
})

afterAll(({}, { filepath }) => {
  const path = process.env['PTU_REACHED']
  const inTests = taken()
  if (path === undefined || onImport.length + inTests.length === 0) return
  appendFileSync(path, `${JSON.stringify({ test: relative(process.cwd(), filepath), onImport, inTests })}\n`)
})
