/** Nested records and lists, and what can be done with all their leaves. */
export * as Tree from './tree.ts'
export { sourceOf, type ByteSource } from './byte-source.ts'
export { bytesIn, concatBytes, sha256 } from './bytes.ts'
export { codeOf, messageOf, OptionError, ShapeError, StructureError } from './errors.ts'
export { canonical, isRecord, type Json } from './json.ts'
export { foldIn, key, noKey, split, threefry, type Key } from './key.ts'
export { normals, permutation, stream, uniforms, type Stream } from './stream.ts'
export { asPart, atOnce, inTurns, turns, type InTurnsOptions, type Stepwise } from './turns.ts'
