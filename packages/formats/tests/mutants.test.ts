import { ImportError } from '@ptu/networks'
import { FileError } from '@ptu/tensor'
import { memory } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { unzipSync, zipSync } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { disposeModel, type StoredTensor } from '../src/index.ts'
import { readModel, readTensors } from '../src/node.ts'
import { writeEachFormat } from './each-format.ts'

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ptu-mutants-'))
  await writeEachFormat(folder)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A change: the place as a part of the file, bytes that are put there, and the part of the file that is kept. */
interface Change {
  readonly at: number
  readonly bytes: readonly number[]
}

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const odd = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x22, 0x28, 0x2d, 0x2e, 0x30, 0x39, 0x7f, 0x80, 0xff))
const changes = fc.array(
  // Structures are more often at the beginning of a file.
  fc.record({ at: fc.oneof(part, part.map((p) => p * p * p)), bytes: fc.array(odd, { minLength: 1, maxLength: 4 }) }),
  { minLength: 1, maxLength: 4 },
) // prettier-ignore
const kept = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: part })

const mutant = (bytes: Uint8Array, all: readonly Change[], keep: number): Uint8Array => {
  const copy = bytes.slice()
  for (const { at, bytes: put } of all) {
    const place = Math.floor(at * copy.length)
    copy.set(put.slice(0, copy.length - place), place)
  }
  return copy.subarray(0, Math.ceil(keep * copy.length))
}

/** A mutant of one member of an archive, whose sums are right, deflated or not. */
const innerMutant = (bytes: Uint8Array, all: readonly Change[], keep: number): Uint8Array => {
  const members = unzipSync(bytes)
  const names = Object.keys(members).toSorted()
  const name = names[(all[0]?.bytes[0] ?? 0) % names.length] ?? ''
  const changed = { ...members, [name]: mutant(members[name] ?? new Uint8Array(0), all, keep) }
  return zipSync(changed, { level: all.length % 2 === 0 ? 0 : 6 })
}

/** Throws what is no error of a file. */
const expectFileError = (error: unknown): void => {
  if (!(error instanceof ImportError || error instanceof FileError)) throw error
}

/** Reads the numbers of a tensor that is not refused. */
const readNumbers = ({ values, refused }: StoredTensor): void => {
  try {
    if (refused === undefined) values()
  } catch (cause) {
    expectFileError(cause)
  }
}

/** Opens a model; anything but the two errors of files is thrown on. */
const openAll = async (path: string): Promise<boolean> => {
  const opened = await readModel(path)()
  if (E.isRight(opened)) disposeModel(opened.right)
  else expectFileError(opened.left)
  return E.isRight(opened)
}

/** Reads all tensors of a file; anything but the two errors of files is thrown on. */
const readNumbersOf = async (path: string): Promise<boolean> => {
  const listed = await readTensors(path)()
  if (E.isLeft(listed)) expectFileError(listed.left)
  else listed.right.tensors.forEach(readNumbers)
  return E.isRight(listed)
}

/** Opens the model and reads the tensors of a case. */
const readAll = async ({ model, tensors }: Case): Promise<boolean> => {
  const opened = model === undefined || (await openAll(join(folder, model)))
  return tensors === undefined ? opened : readNumbersOf(join(folder, tensors))
}

type Mutate = typeof mutant
interface Case {
  readonly name: string
  readonly files: readonly string[]
  readonly model?: string
  readonly tensors?: string
  readonly mutate: Mutate
}

const bert = 'bert/model.safetensors.index.json'
const cases: readonly Case[] = [
  { name: 'a legacy .pth', files: ['old.pth'], model: 'old.pth', tensors: 'old.pth', mutate: mutant },
  { name: 'a .pth', files: ['new.pth'], model: 'new.pth', tensors: 'new.pth', mutate: mutant },
  { name: 'a .pth whose sums are right', files: ['new.pth'], tensors: 'new.pth', mutate: innerMutant },
  { name: 'safetensors', files: ['vit/model.safetensors'], model: 'vit', tensors: 'vit/model.safetensors', mutate: mutant },
  { name: 'sharded safetensors', files: [bert, 'bert/model-00001-of-00002.safetensors'], model: 'bert', tensors: bert, mutate: mutant },
  { name: 'an archive of Keras', files: ['model.keras'], model: 'model.keras', mutate: mutant },
  { name: 'an archive of Keras whose sums are right', files: ['model.keras'], model: 'model.keras', mutate: innerMutant },
  { name: 'an .h5 of Keras', files: ['model.h5'], model: 'model.h5', tensors: 'model.h5', mutate: mutant },
  { name: 'weights of Keras and their description', files: ['weights/w.h5', 'weights/config.json'], model: 'weights/w.h5', mutate: mutant },
  { name: 'a model.json', files: ['tfjs/model.json', 'tfjs/weights.bin'], model: 'tfjs/model.json', mutate: mutant },
  { name: 'ONNX', files: ['residual.onnx'], model: 'residual.onnx', tensors: 'residual.onnx', mutate: mutant },
  { name: 'ONNX with numbers in another file', files: ['external.onnx', 'external.data'], model: 'external.onnx', tensors: 'external.onnx', mutate: mutant },
  { name: 'a folder of ModernBERT', files: ['modernbert/config.json', 'modernbert/model.safetensors'], model: 'modernbert', mutate: mutant },
  { name: 'a folder of a vision transformer', files: ['vit/config.json', 'vit/preprocessor_config.json'], model: 'vit', mutate: mutant },
] // prettier-ignore

const numRuns = Number(process.env['PTU_MUTANTS'] ?? 100)

describe('files that were changed at random', () => {
  it.each(cases)(
    '$name is opened or refused by name, in time, and leaves no tensor',
    async (one) => {
      const { files, mutate } = one
      const before = memory().numTensors
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...files), changes, kept, async (file, all, keep) => {
          const whole = readFileSync(join(folder, file))
          const from = performance.now()
          try {
            writeFileSync(join(folder, file), mutate(new Uint8Array(whole), all, keep))
            await readAll(one)
          } finally {
            writeFileSync(join(folder, file), whole)
          }
          expect(performance.now() - from, basename(file)).toBeLessThan(10_000)
          expect(memory().numTensors).toBe(before)
        }),
        { numRuns },
      )
      expect(await readAll(one)).toBe(true)
    },
    60_000 + 200 * numRuns,
  )
})
