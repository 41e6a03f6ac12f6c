import { sourceOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { isKeras, readKeras } from './keras/read-keras.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { isOnnx } from './onnx/wire.ts'
import { isPyTorch, readPyTorch } from './pytorch/read-pytorch.ts'
import { isSafetensors, readSafetensors } from './safetensors/read-safetensors.ts'
import { shown } from './shown.ts'
import type { TensorFile } from './stored-tensor.ts'

/** A file, in memory or read as it is asked for; its name is for messages only. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array | ByteSource
  /** The `config.json` that describes the model of Keras weights, where the file has no description of its own. */
  readonly description?: Uint8Array
  /** The other files that a model of ONNX keeps numbers in, by the names that it calls them. */
  readonly external?: ReadonlyMap<string, Uint8Array | ByteSource>
}

/** The readers of files of tensors, each with a test of the content. */
const readers = [
  { is: isKeras, read: (source: ByteSource, { description }: NamedBytes) => readKeras(source, description) },
  { is: isPyTorch, read: readPyTorch },
  { is: isSafetensors, read: readSafetensors },
  { is: isOnnx, read: (source: ByteSource, { external }: NamedBytes) => readOnnx(source, external) },
] as const

/** The tensors of a file of any format that is known. Throws `ImportError`, which names the file. */
export const readTensorFile = (file: NamedBytes): TensorFile =>
  named(file.name, () => {
    const source = sourceOf(file.bytes)
    const reader = readers.find(({ is }) => is(source))
    if (reader === undefined)
      throw new ImportError(
        `expected a file of PyTorch, safetensors, Keras or ONNX, its ${source.length} bytes begin like none of these; for a model.json of tfjs or Keras use readLayersModel`,
      )
    return reader.read(source, file)
  })

const named = <A>(name: string, read: () => A): A => {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof ImportError) throw new ImportError(`${shown(name)}: ${cause.message}`, { cause })
    throw cause
  }
}
