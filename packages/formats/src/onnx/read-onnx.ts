import type { ByteSource } from '@ptu/core'

import type { TensorFile } from '../stored-tensor.ts'
import { decodeMessages, opsetOf } from './decode-model.ts'
import { describedOnnx } from './onnx-model.ts'
import { ownFile } from './outline.ts'
import { readTables } from './tables.ts'
import type { ExternalFiles } from './tensors.ts'

/**
 * Reads a model of ONNX: its initialisers, its `Constant` nodes and its graph.
 *
 * The numbers are read from the source, which is kept, once they are asked for. `external` holds the other files that the model keeps numbers in. Throws
 * `ImportError`.
 */
export const readOnnx = (source: ByteSource, external: ExternalFiles = new Map()): TensorFile => {
  const model = decodeMessages(source)
  const opset = opsetOf(model)
  const tables = readTables(model, new Map([...external, [ownFile, source]]))
  const producer = [model.producerName, model.producerVersion].join(' ').trim().slice(0, 80)
  return {
    format: `ONNX, opset ${opset}${producer === '' ? '' : `, written by ${producer}`}`,
    tensors: [...tables.constants.values()],
    others: [],
    facts: {},
    model: describedOnnx(tables, { channels: 'last, as all images here; the graph has them first' }),
  }
}
