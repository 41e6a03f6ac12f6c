import { fromBinary } from '@bufbuild/protobuf'
import { messageOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'
import { ModelProtoSchema, type GraphProto, type ModelProto } from './generated/onnx_pb.ts'
import { outlineOf, ownFile } from './outline.ts'
import { isOutside, locationOf } from './tensors.ts'
import { checkMessage } from './wire.ts'

/** The operator sets that are known: the meaning of operators changes with them. */
const opsets = { first: 11, last: 21 } as const

/** The messages of a model, checked; the numbers of large tensors stay in the file. Throws `ImportError`. */
export const decodeMessages = (source: ByteSource): ModelProto => {
  checkMessage(source, ModelProtoSchema)
  const outline = outlineOf(source)
  try {
    return fromBinary(ModelProtoSchema, outline, { readUnknownFields: false })
  } catch (cause) {
    throw new ImportError(`expected a model of ONNX: ${messageOf(cause).slice(0, 200)}`, { cause })
  }
}

/** The version of the operators of ONNX that a model is written in. Throws `ImportError` for one that is not known. */
export const opsetOf = ({ opsetImport }: ModelProto): number => {
  const found = opsetImport.filter(({ domain }) => domain === '' || domain === 'ai.onnx')
  const version = Number(found[0]?.version ?? 0)
  if (found.length !== 1 || version < opsets.first || version > opsets.last)
    throw new ImportError(
      `expected operators of opset ${opsets.first} to ${opsets.last}, got ${found.map((one) => String(one.version)).join(' and ') || 'none'}; in Python: onnx.version_converter.convert_version(model, 17)`,
    )
  return version
}

/** The graph of a model. Throws `ImportError` where it has none. */
export const graphOf = ({ graph }: ModelProto): GraphProto => {
  if (graph === undefined) throw new ImportError('expected a model with a graph, it has none')
  return graph
}

/** The most files that the tensors of one model may be in. */
const mostFiles = 10_000

/** The names of the other files in which a model keeps numbers. Throws `ImportError`. */
export const externalLocations = (model: ModelProto): readonly string[] => {
  const { initializer, node } = graphOf(model)
  const inNodes = node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? []))
  const found = [...new Set([...initializer, ...inNodes].filter(isOutside).map(locationOf))].filter((one) => one !== ownFile) // prettier-ignore
  const wrong = found.find((location) => !isInside(location))
  if (wrong !== undefined)
    throw new ImportError(`expected tensors in files of the model's own folder, one is in ${shown(wrong)}: it is not read`) // prettier-ignore
  if (found.length > mostFiles) throw new ImportError(`expected tensors in at most ${mostFiles} files`)
  return found
}

/** Tells whether a path stays in the folder that it starts from, whatever the system that reads it. */
const isInside = (location: string): boolean =>
  location !== '' &&
  !/^[/\\]|^[a-z]:|[\0\\]/i.test(location) &&
  location.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
