import { resultsDecoder } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, type Sandbox } from './sandbox.ts'
import { documentedIn, leaves } from './schema-page.ts'

let box: Sandbox
let document: unknown
let documented: ReadonlyMap<string, string>

beforeAll(async () => {
  box = await openSandbox()
  const line = `compare ${small} --seeds 3 --strategies share,fine-tune,ptu,ptu-three,ptu-evidence --rates 1e-2 --measure calibration --json --out @runs/a`
  document = JSON.parse((await box.ptu(line)).stdout)
  documented = await documentedIn('results-schema')
})
afterAll(async () => box.remove())

/** Measures of pictures alone have a number beside theirs, and sets of labels alone thresholds (compare-targets.test.ts). */
const elsewhere = ['runs[].thresholds[]', 'measures[].beside']

describe('docs/results-schema.md', () => {
  it('names every field of a document, with its type', () => {
    for (const [place, type] of leaves(document)) {
      const known = documented.get(place)
      // A record or list that is null as a whole is documented at its members.
      if (known === undefined && type === 'null')
        expect(
          [...documented.keys()].some((name) => name.startsWith(place)),
          place,
        ).toBe(true)
      else expect(known?.split(' or '), place).toContain(type)
    }
  })

  it('names nothing that is not in a document', () => {
    const found = new Set(leaves(document).map(([place]) => place))
    expect([...documented.keys()].filter((name) => !found.has(name)).toSorted()).toEqual(elsewhere.toSorted())
  })

  it('is what the decoder checks: without any one field a document is refused', () => {
    const accepts = (value: unknown): boolean => E.isRight(resultsDecoder(value, []))
    expect(accepts(document)).toBe(true)
    const ofItsKind = /^settings\.source\.(?!kind$)/
    const mayLack = new Set(['settings.measures[]', ...elsewhere]) // where nothing is measured
    for (const name of [...documented.keys()].filter((field) => !ofItsKind.test(field) && !mayLack.has(field))) {
      const parts = name.split('.').map((part) => part.replace('[]', ''))
      expect(accepts(without(document, parts)), name).toBe(false)
    }
  })
})

/** A document without the fields at a place, in every member of every list on the way. */
const without = (value: unknown, [first = '', ...rest]: readonly string[]): unknown => {
  if (Array.isArray(value)) return value.map((member) => without(member, [first, ...rest]))
  if (typeof value !== 'object' || value === null) return value
  const { [first]: inner, ...others } = value as Readonly<Record<string, unknown>>
  return rest.length === 0 ? others : { ...others, [first]: without(inner, rest) }
}
