import { findBackendFactory, setBackend } from '@tensorflow/tfjs-core'

/** Makes the engine's backend of this name the current one; rejects where it does not start. */
export const activate = async (name: string): Promise<void> => {
  if ((findBackendFactory(name) as unknown) === null)
    throw new Error(
      `its package registered no backend ${name}: it uses another copy of @tensorflow/tfjs-core; install one version of all @tensorflow packages`,
    )
  if (!(await setBackend(name))) throw new Error(`TensorFlow.js could not initialise the backend ${name}`)
}
