import { ImportError } from '@ptu/networks'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import type { DescribedModel } from '../described-model.ts'
import { readTensorFile, type NamedBytes } from '../read-tensor-file.ts'
import { shown } from '../shown.ts'

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
export const decodeOnnx = (file: NamedBytes): Either<ImportError, DescribedModel> =>
  attempt(() => {
    const { model } = readTensorFile(file)
    if (model === undefined || !('graph' in model))
      throw new ImportError(`${shown(file.name)}: expected a model of ONNX`)
    return model
  })
