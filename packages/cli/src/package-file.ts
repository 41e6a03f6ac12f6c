import { fileURLToPath } from 'node:url'

/** The path of a file of this package. Stays in the first folder of sources and of the bundle, from where it counts. */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
