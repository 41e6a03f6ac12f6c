import { ImportError } from '@ptu/networks'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import type { DescribedModel } from '../described-model.ts'
import { readTensorFile, type NamedBytes } from '../read-tensor-file.ts'
import { shown } from '../shown.ts'

/** The options of {@link decodeOnnx}. */
export interface OnnxReadOptions {
  /**
   * The inputs all of whose numbers are always one, by their names: `{ attention_mask: 1, token_type_ids: 0 }` for texts without
   * padding. What is computed from them is worked out once, and the model then has the other inputs alone.
   */
  readonly fixed?: Readonly<Record<string, number>>
}

/**
 * The model that a file of ONNX holds, of any kind of input, for `fromLayersModel` and `cutPoints`.
 *
 * A model that keeps numbers in other files needs them as `external`. Keeps the bytes; makes no tensor. A Left says what is
 * wrong.
 *
 * @example
 * ```ts
 * const model = decodeOnnx({ name: 'model.onnx', bytes: new Uint8Array(8) })
 * expect(E.isLeft(model) && model.left.message).toContain('expected a file of')
 * ```
 */
export const decodeOnnx = (file: NamedBytes, { fixed }: OnnxReadOptions = {}): Either<ImportError, DescribedModel> =>
  attempt(() => {
    const { model } = readTensorFile(file)
    if (model === undefined || !('graph' in model))
      throw new ImportError(`${shown(file.name)}: expected a model of ONNX`)
    if (fixed === undefined || Object.keys(fixed).length === 0) return model
    if (model.fixing === undefined)
      throw new ImportError(`${shown(file.name)}: expected a model of ONNX, whose inputs can be fixed`)
    return model.fixing(fixed)
  })
