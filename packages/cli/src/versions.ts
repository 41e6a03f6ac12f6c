import { createRequire } from 'node:module'

import type { Versions } from '@ptu/experiments'
import { versions as engine } from '@ptu/experiments/node'

/** The version of this package. */
export const ptuVersion: string = (createRequire(import.meta.url)('../package.json') as { readonly version: string })
  .version

/** The versions that numbers may depend on. */
export const versions: Versions = { ...engine, ptu: ptuVersion }
