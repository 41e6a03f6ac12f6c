import { ImportError } from '@ptu/networks'

import type { ByteSource } from './byte-source.ts'
import { isKeras, isKerasArchive, readKeras } from './keras/read-keras.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { isOnnx } from './onnx/wire.ts'
import { isPyTorch, readPyTorch, readPyTorchArchive } from './pytorch/read-pytorch.ts'
import { beginsAsSafetensors, isSafetensors, readSafetensors, safetensorsOf } from './safetensors/read-safetensors.ts'
import { shown } from './shown.ts'
import type { TensorFile } from './stored-tensor.ts'

/** A file in memory; its name is for messages only. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
  /** The `config.json` that describes the model of Keras weights, where the file has no description of its own. */
  readonly description?: Uint8Array
  /** The other files that a model of ONNX keeps numbers in, by the names that it calls them. */
  readonly external?: ReadonlyMap<string, Uint8Array>
}

/** The readers of files of tensors, each with a test of the content. */
const readers = [
  { is: isKeras, read: ({ bytes, description }: NamedBytes) => readKeras(bytes, description) },
  { is: isPyTorch, read: ({ bytes }: NamedBytes) => readPyTorch(bytes) },
  { is: isSafetensors, read: ({ bytes }: NamedBytes) => readSafetensors(bytes) },
  { is: isOnnx, read: ({ bytes, external }: NamedBytes) => readOnnx(bytes, external) },
] as const

/** The tensors of a file of any format that is known. Throws `ImportError`, which names the file. */
export const readTensorFile = (file: NamedBytes): TensorFile =>
  named(file.name, () => {
    const { bytes } = file
    const reader = readers.find(({ is }) => is(bytes))
    if (reader === undefined)
      throw new ImportError(
        `expected a file of PyTorch, safetensors, Keras or ONNX, its ${bytes.length} bytes begin like none of these; for a model.json of tfjs or Keras use readLayersModel`,
      )
    return reader.read(file)
  })

/**
 * The tensors of a file that can be read as they are asked for: archives of PyTorch, and safetensors. Undefined for any other,
 * which is to be read whole. Throws `ImportError`, which names the file.
 */
export const readTensorSource = (name: string, source: ByteSource): TensorFile | undefined =>
  named(name, () => {
    if (source.length < 4) return undefined
    const [first, second] = source.range(0, 2)
    if (first === 0x50 && second === 0x4b) return isKerasArchive(source) ? undefined : readPyTorchArchive(source)
    return beginsAsSafetensors(source) ? safetensorsOf(source) : undefined
  })

const named = <A>(name: string, read: () => A): A => {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof ImportError) throw new ImportError(`${shown(name)}: ${cause.message}`, { cause })
    throw cause
  }
}
