import { equalWidth, expectedCalibrationError, negativeLogLikelihood, softmaxOf } from '@ptu/analysis'
import type { Measure } from '@ptu/experiments'
import { encodeEachBatch, predict } from '@ptu/trainer'

/** Measures how far probabilities can be trusted: the expected calibration error over ten ranges of one width, and the log-loss. */
export const calibrationMeasure: Measure = {
  name: 'calibration',
  columns: [
    { name: 'error', title: 'calibration error, points', unit: 'part' },
    { name: 'loss', title: 'log-loss', unit: 'number' },
  ],
  problem: () => undefined,
  measure: async ({ network, params, examples, normalisation }) => {
    const classified = softmaxOf(await predict(network, params, encodeEachBatch(network, examples, normalisation)))
    return [expectedCalibrationError(classified, { binning: equalWidth(10) }), negativeLogLikelihood(classified)]
  },
}
