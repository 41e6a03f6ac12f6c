import { sha256 } from '@ptu/core'
import { io } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

/** The two files that a model of tfjs is saved in. */
export interface ModelFiles {
  /** The content of `model.json`. */
  readonly json: Readonly<Record<string, unknown>>
  /** The content of `weights.bin`. */
  readonly weights: Uint8Array<ArrayBuffer>
}

/** The contents of `model.json` and `weights.bin` for what tfjs saves, with a SHA-256 of the weights. */
export const modelFilesOf = async (artifacts: io.ModelArtifacts): Promise<ModelFiles> => {
  const { weightData, weightSpecs = [], ...rest } = artifacts
  const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData))
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
  return { json: { ...rest, weightsManifest, weightsSha256: await sha256(weights) }, weights }
}

/** The artifacts that tfjs saves of a model. */
export const artifactsOf = async (model: LayersModel): Promise<io.ModelArtifacts> => {
  let found: io.ModelArtifacts | undefined
  await model.save({
    save: (artifacts) => {
      found = artifacts
      return Promise.resolve({ modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) })
    },
  })
  return found as unknown as io.ModelArtifacts
}
