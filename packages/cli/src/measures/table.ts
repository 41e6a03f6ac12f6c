import type { Measure } from '@ptu/experiments'

import { calibrationMeasure } from './calibration.ts'
import { corruptionMeasure } from './corruption.ts'
import { shiftMeasure } from './shift.ts'

/** The measures that `ptu compare --measure` knows beside accuracy. Threads and workers load this module. */
export const measures: readonly Measure[] = [corruptionMeasure, shiftMeasure, calibrationMeasure]
