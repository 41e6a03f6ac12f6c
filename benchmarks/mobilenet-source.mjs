/** The MobileNetV2 that nsfwjs ships, opened at 96×96 and cut into blocks. */
import { decodeLayersModel, fromLayersModel } from '@ptu/formats'
import { disposeSource, foldNormalisations } from '@ptu/networks'
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2'

/** Height, width and channels of the network's input. */
export const input = [96, 96, 3]

/** The layers at which the network is cut: three blocks that stay frozen, and two to transfer. */
export const cuts = ['block_5_add', 'block_12_add', 'block_14_add', 'block_15_add', 'block_16_project_BN']

/** The value of an Either, or its error thrown. */
export const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

/**
 * The MobileNetV2 of the npm package nsfwjs up to `cuts.at(-1)`, at 96x96, its batch normalisations folded.
 *
 * It was trained on ImageNet and then on photographs for content moderation; its inputs are from 0 to 1.
 */
export const mobilenet = async (at = cuts) => {
  const { default: json } = await MobileNetV2Model.modelJson()
  const files = await Promise.all(MobileNetV2Model.weightBundles.map((load) => load()))
  const bytes = Buffer.concat(files.map((file) => Buffer.from(file.default, 'base64')))
  const model = right(decodeLayersModel(json, bytes))
  const source = right(fromLayersModel(model, at.slice(0, -1), { input, until: at.at(-1) }))
  const folded = foldNormalisations(source)
  disposeSource(source)
  return folded
}
