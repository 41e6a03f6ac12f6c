import { readFileSync } from 'node:fs'

import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'

import { listTensors } from '../src/index.ts'

const { files } = JSON.parse(readFileSync(new URL('../fixtures/containers.json', import.meta.url), 'utf8')) as {
  readonly files: Readonly<Record<string, { readonly bytes: string }>>
}

it.each([11n, 13n, -1n])('a storage of the legacy container of 12 numbers that says %s is refused', (count) => {
  const bytes = new Uint8Array(Buffer.from(files['legacy, a checkpoint']?.bytes ?? '', 'base64'))
  // The last storage: its count, then 12 numbers of 4 bytes.
  const view = new DataView(bytes.buffer, bytes.length - 8 - 48)
  expect(view.getBigInt64(0, true)).toBe(12n)
  view.setBigInt64(0, count, true)
  const found = listTensors({ name: 'weights.pth', bytes })
  expect(E.isLeft(found) && found.left.message).toContain('expected 12 numbers in storage')
})
