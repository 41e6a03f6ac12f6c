import type { Measure } from '@ptu/experiments'

import { calibrationMeasure } from './calibration.ts'
import { corruptionMeasure } from './corruption.ts'
import { shiftMeasure } from './shift.ts'

/** What `ptu compare --measure` can measure of each model beside accuracy. Threads and workers load this module. */
export const measures: readonly Measure[] = [corruptionMeasure, shiftMeasure, calibrationMeasure]
