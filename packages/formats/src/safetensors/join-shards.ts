import { isRecord } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'
import type { TensorFile } from '../stored-tensor.ts'

/** An index of more files is refused. */
const mostShards = 10_000

/** The index of a sharded safetensors model: the file of each tensor. */
export interface ShardIndex {
  /** The files, each once. */
  readonly files: readonly string[]
  readonly fileOf: ReadonlyMap<string, string>
}

/**
 * Reads a `model.safetensors.index.json`. Throws `ImportError`; a file name with a path in it is refused.
 *
 * References:
 *   Hugging Face, "Sharded checkpoints", https://huggingface.co/docs/transformers/big_models
 */
export const readShardIndex = (json: unknown): ShardIndex => {
  const map = isRecord(json) ? json['weight_map'] : undefined
  if (!isRecord(map)) throw new ImportError('expected an index of safetensors files with a weight_map')
  const fileOf = new Map(Object.entries(map).map(([name, file]) => [name, nameOf(file)]))
  const files = [...new Set(fileOf.values())]
  if (files.length > mostShards) throw new ImportError(`expected at most ${mostShards} files, got ${files.length}`)
  return { files, fileOf }
}

const nameOf = (file: unknown): string => {
  if (typeof file === 'string' && /^[^/\\:\0]+\.safetensors$/.test(file)) return file
  throw new ImportError(
    `expected names of safetensors files beside the index, got ${shown(String(file))}; nothing is read elsewhere`,
  )
}

/** Joins the tensors of all files of a sharded model. Throws `ImportError` if they are not what the index says. */
export const joinShards = (index: ShardIndex, shards: ReadonlyMap<string, TensorFile>): TensorFile => {
  const tensors = index.files.flatMap((file) => {
    const found = shards.get(file)?.tensors ?? []
    const stray = found.find(({ name }) => index.fileOf.get(name) !== file)
    if (stray !== undefined)
      throw new ImportError(`tensor ${shown(stray.name)}: expected to be in the index as of ${file}`)
    return found
  })
  const names = new Set(tensors.map(({ name }) => name))
  const missing = [...index.fileOf].find(([name]) => !names.has(name))
  if (missing !== undefined)
    throw new ImportError(`tensor ${shown(missing[0])}: expected to be in ${missing[1]}, as the index says`)
  return { format: `safetensors (${index.files.length} files)`, tensors, others: [], facts: {} }
}
