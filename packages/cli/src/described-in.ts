import type { PixelRange } from '@ptu/experiments'
import { describedModel, type DescribedModel, type StoredLayersModel, type TensorFile } from '@ptu/formats'

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
export const describedIn = ({ model }: TensorFile): DescribedFile | undefined => {
  if (model === undefined) return undefined
  const usual = 'topology' in model ? usualRanges.keras : usualRanges.pytorch
  return { model, title: describedModel(model).title, usual }
}
