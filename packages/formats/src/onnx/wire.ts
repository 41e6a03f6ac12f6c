import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf'
import type { ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { inWindows, type NearSource } from '../in-windows.ts'

/** The ways in which protobuf writes a value that this format uses. */
const wireTypes = { varint: 0, bits64: 1, bytes: 2, bits32: 5 } as const

/** Messages inside of each other beyond this are refused; a network needs about ten. */
const deepest = 64

/** The work and the memory of a file are bounded by this: a number counts as 1, a message as 64. */
const largestCost = 2 ** 26

/** A place in the bytes of a message. */
interface Cursor {
  readonly source: NearSource
  at: number
}

/** Reads a whole number of up to ten bytes; numbers from 2^53 are not exact, which is enough to refuse them as sizes. */
const varint = (cursor: Cursor, end: number): number => {
  let value = 0
  for (let i = 0; i < 10; i++) {
    const byte = cursor.at < end ? cursor.source.byte(cursor.at++) : undefined
    if (byte === undefined) throw new ImportError('expected more bytes, the file ends inside of a number: it is cut')
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value
  }
  throw new ImportError(`expected a number of at most 10 bytes at byte ${cursor.at}: the file is damaged`)
}

/** The fields of a message by their numbers, found once for each kind of message. */
export const fieldsBy = (): ((message: DescMessage) => ReadonlyMap<number, DescField>) => {
  const known = new Map<string, ReadonlyMap<number, DescField>>()
  return (message) => {
    const found = known.get(message.typeName) ?? new Map(message.fields.map((field) => [field.number, field]))
    known.set(message.typeName, found)
    return found
  }
}

/** The ways in which scalars are written that are no whole numbers. */
const scalarTypes: Readonly<Partial<Record<number, number>>> = {
  ...{ [ScalarType.STRING]: wireTypes.bytes, [ScalarType.BYTES]: wireTypes.bytes },
  ...{ [ScalarType.FLOAT]: wireTypes.bits32, [ScalarType.DOUBLE]: wireTypes.bits64 },
}

/** The way in which a single value of a field is written. */
const wireTypeOf = (field: DescField): number => {
  if (messageIn(field) !== undefined) return wireTypes.bytes
  return scalarTypes[field.scalar ?? ScalarType.INT64] ?? wireTypes.varint
}

/** The bytes that a value takes after its tag, with those of its size; undefined for a way that is not known. */
const lengthOf = (cursor: Cursor, wireType: number, end: number): number | undefined => {
  if (wireType === wireTypes.varint) {
    varint(cursor, end)
    return 0
  }
  if (wireType === wireTypes.bits32) return 4
  if (wireType === wireTypes.bits64) return 8
  return wireType === wireTypes.bytes ? varint(cursor, end) : undefined
}

/** The kind of message that the values of a field are; undefined for a field of others. */
export const messageIn = (field: DescField | undefined): DescMessage | undefined =>
  field?.fieldKind === 'message' || (field?.fieldKind === 'list' && field.listKind === 'message')
    ? field.message
    : undefined

/**
 * Throws an `ImportError` for bytes that are not a message: a size beyond what holds it, a number that does not end, a
 * value written in another way than its field's, messages too deep or too many.
 *
 * The reader of `@bufbuild/protobuf` takes a size of 2^60 for 0 and lets a message end after the one that it is in, so its
 * answer is only to be believed of bytes that are checked. Nothing is allocated and nothing is copied here.
 */
export const checkMessage = (whole: ByteSource, message: DescMessage): void => {
  const fieldsOf = fieldsBy()
  const source = inWindows(whole)
  const cursor: Cursor = { source, at: 0 }
  let cost = 0
  const spend = (more: number): void => {
    cost += more
    if (cost > largestCost)
      throw new ImportError('expected fewer parts than this: the file would take more memory than a network needs')
  }
  const check = (inner: DescMessage, end: number, depth: number): void => {
    if (depth > deepest) throw new ImportError(`expected messages at most ${deepest} deep: the file is damaged`)
    spend(64)
    while (cursor.at < end) {
      const tag = varint(cursor, end)
      const [field, wireType] = [fieldsOf(inner).get(Math.floor(tag / 8)), tag % 8]
      const place = field === undefined ? inner.name : `${inner.name}.${field.name}`
      if (tag < 8 || tag >= 2 ** 32) throw new ImportError(`${inner.name}: expected a field, got the tag ${tag}`)
      const length = lengthOf(cursor, wireType, end)
      if (length === undefined || length > end - cursor.at)
        throw new ImportError(`${place}: expected a value inside of its message, its size is beyond it: the file is cut or damaged`) // prettier-ignore
      spend(1)
      const stop = cursor.at + length
      const part = messageIn(field)
      if (field !== undefined) checkWay(field, wireType, place, { source, from: cursor.at, stop, spend })
      if (part !== undefined) check(part, stop, depth + 1)
      cursor.at = stop
    }
  }
  check(message, source.length, 0)
}

/** A field of a message: its number, and where its tag, its content and what follows begin. */
export interface FieldPlace {
  readonly number: number
  readonly from: number
  readonly content: number
  readonly stop: number
}

/** The fields of a message that `checkMessage` has checked. */
export const fieldsIn = function* (source: NearSource, begin: number, end: number): Generator<FieldPlace> {
  const cursor: Cursor = { source, at: begin }
  while (cursor.at < end) {
    const from = cursor.at
    const tag = varint(cursor, end)
    const length = lengthOf(cursor, tag % 8, end) ?? 0
    const content = cursor.at
    cursor.at += length
    yield { number: Math.floor(tag / 8), from, content, stop: cursor.at }
  }
}

interface Content {
  readonly source: NearSource
  readonly from: number
  readonly stop: number
  readonly spend: (more: number) => void
}

/** Throws for a value that is written as its field's are not; a list of numbers may be written as one. */
const checkWay = (field: DescField, wireType: number, place: string, content: Content): void => {
  const single = wireTypeOf(field)
  if (wireType === single) return
  const isPacked = field.fieldKind === 'list' && single !== wireTypes.bytes && wireType === wireTypes.bytes
  if (!isPacked || !isWhole(content, single))
    throw new ImportError(`${place}: expected a value as ONNX writes it: the file is damaged`)
  if (single === wireTypes.varint) content.spend(content.stop - content.from)
}

/** Tells whether the last of some numbers ends where they do. */
const isWhole = ({ source, from, stop }: Content, wireType: number): boolean => {
  if (wireType === wireTypes.varint) return stop === from || source.byte(stop - 1) < 0x80
  return (stop - from) % (wireType === wireTypes.bits32 ? 4 : 8) === 0
}

/** The numbers of the fields of a model, by the way in which their values are written. */
const modelFields: ReadonlyMap<number, number> = new Map([
  ...[1, 5].map((field) => [field, wireTypes.varint] as const),
  ...[2, 3, 4, 6, 7, 8, 14, 20, 25, 26].map((field) => [field, wireTypes.bytes] as const),
])

/** The number of the field that holds the graph of a model. */
const graphField = 7

/**
 * Tells whether a file is a model of ONNX: fields of one and no others, a graph among them. The last may be cut short, so
 * that a file of which the end is missing is told what it is.
 */
export const isOnnx = (source: ByteSource): boolean => {
  const cursor: Cursor = { source: inWindows(source), at: 0 }
  let hasGraph = false
  try {
    while (cursor.at < source.length) {
      const tag = varint(cursor, source.length)
      const [field, wireType] = [Math.floor(tag / 8), tag % 8]
      if (modelFields.get(field) !== wireType) return false
      hasGraph ||= field === graphField
      const length = lengthOf(cursor, wireType, source.length) ?? 0
      cursor.at += length
    }
    return hasGraph
  } catch (cause) {
    if (cause instanceof ImportError) return hasGraph
    throw cause
  }
}
