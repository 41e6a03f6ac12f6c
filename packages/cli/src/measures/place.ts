import { fileURLToPath } from 'node:url'

import type { Measure } from '@ptu/experiments'

import { measures } from './table.ts'

/** The built module of {@link measures}: threads load it by its path, from the sources they cannot. */
export const measuresModule: string = fileURLToPath(new URL('../../dist/measures/table.js', import.meta.url))

/** The measures, and the module that threads load them from. */
export const measuresHere: { readonly values: readonly Measure[]; readonly module: string } = {
  values: measures,
  module: measuresModule,
}
