import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { listTensors, type TensorFile } from '../src/index.ts'

interface Golden {
  readonly files: Readonly<Record<string, { readonly bytes: string; readonly tensors: readonly Expected[] }>>
  readonly refused: Readonly<Record<string, string>>
}

interface Expected {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const golden = JSON.parse(readFileSync(new URL('../fixtures/containers.json', import.meta.url), 'utf8')) as Golden

const bytesOf = (base64 = ''): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

const read = (bytes: Uint8Array): E.Either<Error, TensorFile> => listTensors({ name: 'weights.pth', bytes })

const opened = (bytes: Uint8Array): TensorFile => {
  const file = read(bytes)
  if (E.isLeft(file)) throw file.left
  return file.right
}

const fileOf = (name: string): TensorFile => opened(bytesOf(golden.files[name]?.bytes))

describe('a file of PyTorch holds the tensors that PyTorch reads from it', () => {
  it.each(Object.entries(golden.files))('%s', (_name, { bytes, tensors }) => {
    const found = opened(bytesOf(bytes)).tensors.map(({ name, dtype, shape, values }) => {
      return { name, dtype, shape, values: [...values()] }
    })
    expect(found).toEqual(tensors.map((one) => ({ ...one, values: one.values.map(Math.fround) })))
  })

  it('says its container, the order of its bytes and where it found them', () => {
    expect(fileOf('zip')).toMatchObject({
      format: 'PyTorch state_dict (zip container)',
      facts: { 'byte order': 'lowest byte first' },
      others: [],
    })
    expect(fileOf('zip, highest byte first').facts).toEqual({ 'byte order': 'highest byte first' })
    expect(fileOf('legacy, a checkpoint')).toMatchObject({
      format: 'PyTorch checkpoint (legacy container)',
      facts: { 'state_dict found in': 'state_dict', 'prefix taken off': 'module.' },
      others: ['epoch', 'best', 'optimizer'],
    })
  })

  it('wherever its bytes begin in their buffer', () => {
    const bytes = bytesOf(golden.files['zip']?.bytes)
    const shifted = new Uint8Array(bytes.length + 7).fill(80)
    shifted.set(bytes, 3)
    const [first] = opened(shifted.subarray(3, 3 + bytes.length)).tensors
    expect(first?.values().slice(0, 4)).toEqual(Float32Array.of(0, 0.125, 0.25, 0.375))
  })

  it('as numbers of their own: the file does not change with them', () => {
    const [first] = fileOf('zip').tensors
    first?.values().fill(9)
    expect(first?.values()[1]).toBe(0.125)
  })
})

describe('a file of PyTorch that cannot be read in whole', () => {
  it.each([
    ['quantised', 'q', 'expected plain numbers, got a quantised tensor'],
    ['quantised, legacy', 'q', 'expected plain numbers, got a quantised tensor'],
    ['odd', 'z', 'expected numbers that are real, got ComplexFloat'],
    ['odd', 'e', 'it repeats its numbers; save a copy of it'],
  ])('lists what is %s and refuses %s alone', (name, tensor, message) => {
    const { tensors } = opened(bytesOf(golden.refused[name]))
    const bad = tensors.find((one) => one.name === tensor)
    expect(bad?.refused).toContain(message)
    expect(() => bad?.tensor()).toThrow(`tensor ${tensor}: ${message}`)
    expect(tensors.find((one) => one.name === 'a')?.values()[11]).toBe(1.375)
  })

  it.each([
    ['a whole module', 'the file holds a whole model ("__main__.Net")'],
    ['a list', 'expected a state_dict, a dictionary of tensors, got a list'],
    ['no tensors', 'got a dictionary of "epoch"'],
  ])('says so of %s', (name, message) => {
    const left = read(bytesOf(golden.refused[name]))
    expect(E.isLeft(left) && left.left.message).toContain(`"weights.pth": `)
    expect(E.isLeft(left) && left.left.message).toContain(message)
  })
})
