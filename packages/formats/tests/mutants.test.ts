import { ImportError } from '@ptu/networks'
import { FileError } from '@ptu/tensor'
import { memory } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { unzipSync, zipSync } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { disposeModel, type StoredTensor } from '../src/index.ts'
import { readModel, readTensors } from '../src/node.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptu-mutants-'))
  for (const name of ['bert', 'modernbert']) cpSync(fixture(`hugging-face/${name}`), join(folder, name), { recursive: true }) // prettier-ignore
  cpSync(fixture('keras/k3-nested.keras'), join(folder, 'model.keras'))
  const { files } = JSON.parse(readFileSync(fixture('containers.json'), 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly bytes: string }>>
  }
  mkdirSync(join(folder, 'pytorch'))
  writeFileSync(join(folder, 'pytorch/old.pth'), Buffer.from(files['legacy']?.bytes ?? '', 'base64'))
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

/** A mutant of one member of an archive, whose sums are right. */
const innerMutant = (bytes: Uint8Array, all: readonly Change[], keep: number): Uint8Array => {
  const members = unzipSync(bytes)
  const names = Object.keys(members).toSorted()
  const name = names[(all[0]?.bytes[0] ?? 0) % names.length] ?? ''
  return zipSync({ ...members, [name]: mutant(members[name] ?? new Uint8Array(0), all, keep) })
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

/** Opens a model and reads all tensors of a file; anything but the two errors of files is thrown on. */
const readAll = async (model: string, tensors?: string): Promise<boolean> => {
  const opened = await readModel(model)()
  if (E.isRight(opened)) disposeModel(opened.right)
  else expectFileError(opened.left)
  if (tensors === undefined) return E.isRight(opened)
  const listed = await readTensors(tensors)()
  if (E.isLeft(listed)) expectFileError(listed.left)
  else listed.right.tensors.forEach(readNumbers)
  return E.isRight(listed)
}

type Mutate = typeof mutant
interface Case {
  readonly name: string
  readonly files: readonly string[]
  readonly model: string
  readonly tensors?: string
  readonly mutate: Mutate
}

const bert = 'bert/model.safetensors.index.json'
const cases: readonly Case[] = [
  { name: 'a legacy .pth', files: ['pytorch/old.pth'], model: 'pytorch/old.pth', tensors: 'pytorch/old.pth', mutate: mutant },
  { name: 'sharded safetensors', files: [bert, 'bert/model-00001-of-00002.safetensors'], model: 'bert', tensors: bert, mutate: mutant },
  { name: 'an archive of Keras', files: ['model.keras'], model: 'model.keras', mutate: innerMutant },
  { name: 'a folder of ModernBERT', files: ['modernbert/config.json', 'modernbert/model.safetensors'], model: 'modernbert', mutate: mutant },
] // prettier-ignore

describe('files that were changed at random', () => {
  it.each(cases)('$name is opened or refused by name, in time, and leaves no tensor', async (one) => {
    const { files, model, tensors, mutate } = one
    const before = memory().numTensors
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), changes, kept, async (file, all, keep) => {
        const whole = readFileSync(join(folder, file))
        const from = performance.now()
        try {
          writeFileSync(join(folder, file), mutate(new Uint8Array(whole), all, keep))
          await readAll(join(folder, model), tensors && join(folder, tensors))
        } finally {
          writeFileSync(join(folder, file), whole)
        }
        expect(performance.now() - from, basename(file)).toBeLessThan(10_000)
        expect(memory().numTensors).toBe(before)
      }),
      { numRuns: Number(process.env['PTU_MUTANTS'] ?? 100) },
    )
    expect(await readAll(join(folder, model), tensors && join(folder, tensors))).toBe(true)
  })
})
