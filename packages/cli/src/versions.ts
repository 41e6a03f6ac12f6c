import { createRequire } from 'node:module'

import { version_core } from '@tensorflow/tfjs-core'

/** The version of this package. */
export const ptuVersion: string = (createRequire(import.meta.url)('../package.json') as { readonly version: string })
  .version

/** What numbers may depend on besides their settings. */
export const versions: { readonly ptu: string; readonly tfjs: string; readonly node: string } = {
  ptu: ptuVersion,
  tfjs: version_core,
  node: process.versions.node,
}
