import { bytesIn, messageOf, sha256 as sha256Of, sourceOf, Tree, type ByteSource } from '@ptu/core'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ParamTree } from './params.ts'
import { CorruptFileError, layout, parse, type Entry, type Header } from './safetensors-header.ts'

/** The contents of a file of parameters. */
export interface SavedParams {
  readonly params: ParamTree
  readonly metadata: Readonly<Record<string, string>>
}

const dtypes = { float32: 'F32', int32: 'I32' } as const

/** The place of the checksum while the checksum is computed. */
const blank = '0'.repeat(64)

/**
 * Writes parameters and text as the bytes of a safetensors file, which other libraries read as well.
 *
 * The header's metadata keeps the tree (`structure`) and a SHA-256 of the whole file with the sum's own place zeroed.
 *
 * References:
 *   Hugging Face, "Safetensors", format description, https://github.com/huggingface/safetensors
 *
 * @example
 * ```ts
 * const bytes = await encodeParams({ kernel: ones([2, 3]) }, { model: 'lenet' })
 * ```
 */
export const encodeParams = async (
  params: ParamTree,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> => {
  const names = namesOf(params)
  const leaves = Tree.leaves(params).map((leaf, i) => ({ name: names[i] as string, leaf }))
  const structure = JSON.stringify(Tree.unflatten(params, names))
  const sizes = leaves.map(({ name, leaf }) => ({ name, shape: leaf.shape, dtype: dtypeOf(name, leaf) }))
  const { bytes, dataStart } = layout(sizes, { ...metadata, structure, sha256: blank })
  let at = dataStart
  for (const { leaf } of leaves) {
    const data = await leaf.data()
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  const sum = new TextEncoder().encode(await sha256Of(bytes))
  bytes.set(sum, indexOfSum(bytes.subarray(0, dataStart)))
  return bytes
}

/** A name for each leaf: its path, primed where two paths read alike (`{ 'a.b': x, a: { b: y } }`). */
const namesOf = (params: ParamTree): readonly string[] => {
  const taken = new Set(['__metadata__'])
  return Tree.entries(params).map(([path]) => {
    let name = Tree.format(path)
    while (taken.has(name)) name += "'"
    taken.add(name)
    return name
  })
}

const dtypeOf = (name: string, leaf: Tensor): 'F32' | 'I32' => {
  if (leaf.dtype === 'float32' || leaf.dtype === 'int32') return dtypes[leaf.dtype]
  throw new TypeError(`expected float32 or int32 at ${name}, got ${leaf.dtype}`)
}

const indexOfSum = (header: Uint8Array): number => {
  const marker = '"sha256":"'
  return new TextDecoder('latin1').decode(header).lastIndexOf(marker) + marker.length
}

/**
 * Reads the parameters that {@link encodeParams} turned into bytes; the caller owns them.
 *
 * Every size is checked against the length of the file, and then the checksum, before a tensor is made. Of a source that another
 * library wrote, no more than the header is read.
 */
export const decodeParams =
  (content: Uint8Array | ByteSource): TaskEither<CorruptFileError, SavedParams> =>
  async () => {
    const checked = await check(content)
    if (E.isLeft(checked)) return checked
    const { structure, metadata, entries, dataStart, bytes } = checked.right
    return pipe(
      namesIn(structure, entries),
      E.map((names) => ({
        params: Tree.map(names, (name) => read(entries.get(name) as Entry, bytes, dataStart)),
        metadata,
      })),
    )
  }

/**
 * Reads the text that {@link encodeParams} was given, without the parameters: no tensor is made, so no backend is
 * needed.
 *
 * The sizes and the checksum of the file are checked as {@link decodeParams} checks them.
 */
export const decodeMetadata =
  (content: Uint8Array): TaskEither<CorruptFileError, SavedParams['metadata']> =>
  async () =>
    E.map(({ metadata }: Checked) => metadata)(await check(content))

interface Checked extends Header {
  readonly structure: string
  /** All of the file. */
  readonly bytes: Uint8Array
}

/** The header of a file whose sizes and checksum hold. */
const check = async (content: Uint8Array | ByteSource): Promise<E.Either<CorruptFileError, Checked>> => {
  const source = sourceOf(content)
  const parsed = parse(source)
  if (E.isLeft(parsed)) return parsed
  const { metadata, ...header } = parsed.right
  const { structure, sha256 = '', ...rest } = metadata
  if (structure === undefined) return corrupt('it was not written by ptu: its header has no structure')
  let bytes: Uint8Array
  try {
    bytes = bytesIn(source.range(0, source.length)) // a Buffer's `slice` is no copy
  } catch (cause) {
    return corrupt(messageOf(cause))
  }
  return (await sumHolds(bytes, header.dataStart, sha256))
    ? E.right({ ...header, structure, bytes, metadata: rest })
    : corrupt('its checksum does not match: the file was changed or cut after it was written')
}

const corrupt = (message: string): E.Either<CorruptFileError, never> => E.left(new CorruptFileError(message))

const sumHolds = async (bytes: Uint8Array, dataStart: number, sha256: string): Promise<boolean> => {
  if (!/^[0-9a-f]{64}$/.test(sha256)) return false
  const copy = bytes.slice()
  copy.fill(48, indexOfSum(copy.subarray(0, dataStart)), indexOfSum(copy.subarray(0, dataStart)) + 64)
  return (await sha256Of(copy)) === sha256
}

/** The tree that `structure` spells, which must name every entry once: else a small file could ask for much memory. */
const namesIn = (
  structure: string,
  entries: ReadonlyMap<string, Entry>,
): E.Either<CorruptFileError, Tree.Tree<string>> => {
  try {
    const names = JSON.parse(structure) as Tree.Tree<string>
    const used = Tree.leaves(names)
    return used.length === entries.size && new Set(used).size === used.length && used.every((name) => entries.has(name))
      ? E.right(names)
      : corrupt('its structure does not name each of its tensors once')
  } catch {
    return corrupt('its structure is not a tree of names')
  }
}

const read = ({ dtype, shape, begin, end }: Entry, bytes: Uint8Array, dataStart: number): Tensor => {
  const data = bytes.slice(dataStart + begin, dataStart + end).buffer
  return dtype === 'F32'
    ? tensor(new Float32Array(data), [...shape], 'float32')
    : tensor(new Int32Array(data), [...shape], 'int32')
}
