import type { ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { contiguous, countOf, refusedTensor, storedTensor, type StoredTensor } from '../stored-tensor.ts'
import { attributeAt } from './attributes.ts'
import { dataspaceAt, datatypeAt } from './datatype.ts'
import { linksAt } from './links.ts'
import { kinds, messagesOf, type Message } from './messages.ts'
import { hdf5Reader, isUndefined, type Hdf5Reader } from './reader.ts'

/** A group or a dataset of an HDF5 file. */
export interface Hdf5Node {
  /** The path inside the file: `model_weights/conv1`. */
  readonly path: string
  /** The attributes that are texts, one or many each. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** The members of a group, by name. */
  readonly children: ReadonlyMap<string, () => Hdf5Node>
  /** The numbers of a dataset; undefined for a group. */
  readonly tensor: StoredTensor | undefined
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** Tells whether a file begins as one of HDF5 does. */
export const isHdf5 = (source: ByteSource): boolean => {
  const bytes = source.range(0, Math.min(signature.length, source.length))
  return signature.every((byte, i) => bytes[i] === byte)
}

/**
 * The root of an HDF5 file as h5py writes it unless told otherwise, and so Keras: groups of symbol tables, datasets in one
 * piece.
 *
 * Nothing is copied; numbers are read where they lie once they are asked for. A file is data that is not trusted: every
 * address is checked, and what is read is counted, so that loops end. Throws `ImportError`.
 *
 * References:
 *   The HDF Group, "HDF5 file format specification version 3.0", https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
export const readHdf5 = (source: ByteSource): Hdf5Node => {
  if (!isHdf5(source)) throw new ImportError('expected an HDF5 file, it does not begin like one')
  const reader = hdf5Reader(source)
  const version = reader.uint(8, 1)
  if (version !== 0 || reader.uint(13, 1) !== 8 || reader.uint(14, 1) !== 8)
    throw new ImportError(
      `expected an HDF5 file as Keras writes it, with a superblock of version 0, got version ${version}; in Python, open the model with Keras and save it again`,
    )
  return nodeAt(reader, reader.uint(64, 8), '')
}

/** The node at an address. */
const nodeAt = (reader: Hdf5Reader, address: number, path: string): Hdf5Node => {
  const messages = messagesOf(reader, address)
  const table = messages.find(({ kind }) => kind === kinds.symbolTable)
  const links = table
    ? linksAt(reader, reader.uint(table.at, 8), reader.uint(table.at + 8, 8))
    : new Map<string, number>()
  return {
    path,
    attributes: new Map(
      messages.filter(({ kind }) => kind === kinds.attribute).map((message) => attributeAt(reader, message)),
    ),
    children: new Map(
      [...links].map(([name, at]) => [name, once(() => nodeAt(reader, at, path === '' ? name : `${path}/${name}`))]),
    ),
    tensor: tensorOf(reader, messages, path),
  }
}

const tensorOf = (reader: Hdf5Reader, messages: readonly Message[], path: string): StoredTensor | undefined => {
  const [space, type, layout] = [kinds.dataspace, kinds.datatype, kinds.layout].map((kind) => messages.find((message) => message.kind === kind)) // prettier-ignore
  if (space === undefined || type === undefined || layout === undefined) return undefined
  const shape = dataspaceAt(reader, space.at)
  const datatype = datatypeAt(reader, type.at)
  const refused = (what: string, why: string): StoredTensor => refusedTensor(path, what, shape, why)
  if (datatype.kind !== 'number')
    return refused(datatype.kind === 'other' ? datatype.what : 'text', 'it does not hold numbers')
  const { name, littleEndian, size } = datatype
  const data = dataOf(reader, layout)
  if (data === undefined) return refused(name, 'it is kept in chunks or not at all, which Keras does not do; in Python, open the model with Keras and save it again') // prettier-ignore
  const needed = countOf(shape) * size
  if (!(needed <= data.size)) return refused(name, `its shape needs ${needed} bytes, ${data.size} are stored`)
  return storedTensor(
    path,
    name,
    { shape, strides: contiguous(shape), offset: 0 },
    { littleEndian, bytes: () => data.bytes() },
  )
}

/** The bytes of a dataset in one piece, in the header or elsewhere. */
const dataOf = (reader: Hdf5Reader, { at }: Message): ReturnType<Hdf5Reader['later']> | undefined => {
  if (reader.uint(at, 1) !== 3) return undefined
  const layout = reader.uint(at + 1, 1)
  if (layout === 0) return reader.later(at + 4, reader.uint(at + 2, 2))
  if (layout !== 1 || isUndefined(reader, at + 2)) return undefined
  return reader.later(reader.uint(at + 2, 8), reader.uint(at + 10, 8))
}

/** `f`, called the first time only. */
const once = <A>(f: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: f() }).value
}

/** The node at a path below another; undefined where there is none. */
export const nodeBelow = (node: Hdf5Node, path: string): Hdf5Node | undefined =>
  path
    .split('/')
    .filter((name) => name !== '')
    .reduce<Hdf5Node | undefined>((at, name) => at?.children.get(name)?.(), node)
