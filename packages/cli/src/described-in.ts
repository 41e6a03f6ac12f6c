import type { PixelRange } from '@ptu/experiments'
import {
  decodeKeras,
  decodeOnnx,
  nameOfModel,
  type DescribedModel,
  type NamedBytes,
  type StoredLayersModel,
} from '@ptu/formats'
import * as E from 'fp-ts/lib/Either.js'

import { usualRanges } from './foreign-input.ts'

/** A model that a file describes, layer by layer. */
export interface DescribedFile {
  readonly model: StoredLayersModel | DescribedModel
  /** The format and the name of the model. */
  readonly title: string
  /** The range of pixels that is assumed where the file does not say it. */
  readonly usual: PixelRange
}

/** The model that a file of Keras or ONNX describes; undefined for any other file. */
export const describedIn = (file: NamedBytes): DescribedFile | undefined => {
  const keras = decodeKeras(file)
  if (E.isRight(keras)) {
    const model = keras.right
    return { model, title: `Keras ${nameOfModel(model.topology)}`, usual: usualRanges.keras }
  }
  const onnx = decodeOnnx(file)
  if (E.isLeft(onnx)) return undefined
  return { model: onnx.right, title: onnx.right.title, usual: usualRanges.pytorch }
}
