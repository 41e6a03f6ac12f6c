import { ImportError } from '@ptu/networks'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import type { StoredLayersModel } from '../layers-model/stored-model.ts'
import { readTensorFile, type NamedBytes } from '../read-tensor-file.ts'
import { shown } from '../shown.ts'

/**
 * The model that a file of Keras holds, of any kind of input, for `fromLayersModel` and `cutPoints`.
 *
 * Reads `.keras` archives and `.h5` files of Keras 2 and 3; weights alone with the `config.json` of their model as
 * `description`. Keeps the bytes; makes no tensor. A Left says what is wrong.
 *
 * @example
 * ```ts
 * const model = decodeKeras({ name: 'model.keras', bytes: new Uint8Array(8) })
 * expect(E.isLeft(model) && model.left.message).toContain('expected a file of')
 * ```
 */
export const decodeKeras = (file: NamedBytes): Either<ImportError, StoredLayersModel> =>
  attempt(() => {
    const { model } = readTensorFile(file)
    if (model === undefined || !('topology' in model))
      throw new ImportError(
        `${shown(file.name)}: expected a model of Keras, or weights of one with its config.json as description`,
      )
    return model
  })
