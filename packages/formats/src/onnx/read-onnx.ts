import type { TensorFile } from '../stored-tensor.ts'
import { decodeMessages, opsetOf } from './decode-model.ts'
import { describedOnnx } from './onnx-model.ts'
import { readTables } from './tables.ts'
import type { ExternalFiles } from './tensors.ts'

/**
 * Reads a model of ONNX: its initialisers, its `Constant` nodes and its graph.
 *
 * Tensors are views of the bytes, which are kept. `external` holds the other files that the model keeps numbers in. Throws
 * `ImportError`.
 */
export const readOnnx = (bytes: Uint8Array, external?: ExternalFiles): TensorFile => {
  const model = decodeMessages(bytes)
  const opset = opsetOf(model)
  const tables = readTables(model, external)
  const producer = [model.producerName, model.producerVersion].join(' ').trim().slice(0, 80)
  return {
    format: `ONNX, opset ${opset}${producer === '' ? '' : `, written by ${producer}`}`,
    tensors: [...tables.constants.values()],
    others: [],
    facts: {},
    model: describedOnnx(tables, { channels: 'last, as all images here; the graph has them first' }),
  }
}
