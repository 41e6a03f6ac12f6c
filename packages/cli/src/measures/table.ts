import type { Measure } from '@ptu/experiments'

import { calibrationMeasure } from './calibration.ts'
import { codeLengthMeasure } from './code-length.ts'
import { corruptionMeasure } from './corruption.ts'
import { recombinedMeasure } from './recombined.ts'
import { scenesMeasure } from './scenes.ts'
import { shiftMeasure } from './shift.ts'

/** The measures that `ptu compare --measure` knows beside accuracy. Threads and workers load this module. */
export const measures: readonly Measure[] = [
  corruptionMeasure,
  shiftMeasure,
  calibrationMeasure,
  scenesMeasure,
  recombinedMeasure,
  codeLengthMeasure,
]
