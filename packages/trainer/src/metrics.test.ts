import { describe, expect, it } from 'vitest'

import {
  accuracy,
  argmaxRows,
  calibrationError,
  confusionMatrix,
  macroRecall,
  recall,
  topKAccuracy,
} from './metrics.ts'

const labels = [0, 0, 1, 1, 1, 2]
const predictions = [0, 1, 1, 1, 0, 2]

describe('metrics', () => {
  it('accuracy is the part that is right', () => {
    expect(accuracy(predictions, labels)).toBeCloseTo(4 / 6, 12)
  })

  it('the confusion matrix has a row per true class', () => {
    expect(confusionMatrix(predictions, labels, 4)).toEqual([
      [1, 1, 0, 0],
      [1, 2, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ])
  })

  it('the confusion matrix leaves out what is no class', () => {
    expect(confusionMatrix([0, 2, 1], [0, 1, 3], 2)).toEqual([
      [1, 0],
      [0, 0],
    ])
  })

  it('recall is NaN for a class without examples, and macro recall leaves it out', () => {
    const confusion = confusionMatrix(predictions, labels, 4)
    expect(recall(confusion)).toEqual([1 / 2, 2 / 3, 1, NaN])
    expect(macroRecall(confusion)).toBeCloseTo((1 / 2 + 2 / 3 + 1) / 3, 12)
  })

  it('argmax takes the first of equals', () => {
    expect([...argmaxRows(new Float32Array([1, 3, 3, 0, 0, -1]), 3)]).toEqual([1, 0])
  })

  it('top-k counts a label among the k highest', () => {
    const logits = new Float32Array([3, 2, 1, 1, 2, 3])
    expect([1, 2, 3].map((k) => topKAccuracy(logits, [1, 0], k))).toEqual([0, 0.5, 1])
    expect(topKAccuracy(new Float32Array([NaN, 1]), [0], 2)).toBe(0)
  })

  it('top-k counts a label that ties with the last of the k', () => {
    const logits = new Float32Array([2, 1, 1, 0])
    expect([0, 1, 2, 3].map((label) => topKAccuracy(logits, [label], 2))).toEqual([1, 1, 1, 0])
  })

  it('the calibration error is the gap between confidence and accuracy, bin by bin', () => {
    // two classes: confidence p has logits [log(p / (1 - p)), 0]; .9 and .9 (one right), .6 (right)
    const logits = new Float32Array([Math.log(9), 0, Math.log(9), 0, Math.log(1.5), 0])
    const error = (2 / 3) * Math.abs(0.5 - 0.9) + (1 / 3) * Math.abs(1 - 0.6)
    expect(calibrationError(logits, [0, 1, 0], 10)).toBeCloseTo(error, 6)
  })

  it('a confidence at the edge of two bins of the calibration error belongs to the lower', () => {
    // .5, wrong, and .6, right: one bin each of two, where gaps cannot cancel
    const logits = new Float32Array([0, 0, Math.log(1.5), 0])
    expect(calibrationError(logits, [1, 0], 2)).toBeCloseTo((0.5 + 0.4) / 2, 6)
  })

  it('full confidence belongs to the last of 15 bins, unless told otherwise', () => {
    // 1, wrong, and .935, right: the last of 15 bins holds both, of 16 only the first
    const logits = new Float32Array([200, 0, Math.log(0.935 / 0.065), 0])
    expect(calibrationError(logits, [1, 0])).toBeCloseTo(Math.abs(1 - 1.935) / 2, 6)
    expect(calibrationError(logits, [1, 0], 16)).toBeCloseTo((1 + 0.065) / 2, 6)
  })
})
