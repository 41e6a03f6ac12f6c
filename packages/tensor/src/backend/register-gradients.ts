import { getGradient, ZerosLike } from '@tensorflow/tfjs-core'

import { NotInstalledError, type Load } from './load.ts'

/** The packages that register the gradients of all operations when they are loaded: the quickest to load, and the whole. */
const packages = ['@tensorflow/tfjs-layers', '@tensorflow/tfjs'] as const

/** Tells whether the gradients are there, by the last one that those packages register. */
const isRegistered = (): boolean => (getGradient(ZerosLike) as unknown) !== undefined

/**
 * Registers the gradients of all operations, which `@tensorflow/tfjs-core` leaves to other packages. Does nothing where they are
 * registered. Rejects with {@link NotInstalledError} if no package that does it is installed.
 */
export const registerGradients = async (load: Load): Promise<void> => {
  let problem = new Error('@tensorflow/tfjs registered no gradients; install version 4.22 of it')
  for (const name of packages) {
    if (isRegistered()) return
    try {
      await load(name)
    } catch (cause) {
      if (!(cause instanceof NotInstalledError)) throw cause
      problem = cause
    }
  }
  if (!isRegistered()) throw problem
}
