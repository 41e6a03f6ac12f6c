import { key } from '@ptu/core'
import { dense, embedding, flatten, relu, serial, type Layer } from '@ptu/layers'
import { fromFunction, initBody } from '@ptu/networks'
import { observe, transfer } from '@ptu/strategies'
import { disposeParams, normal, type ParamTree } from '@ptu/tensor'
import { crossEntropy } from '@ptu/trainer'
import { fill, ones, square, tensor2d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  areaUnderRoc,
  attributionSimilarity,
  blockFeatures,
  cascadingRandomisation,
  codeLength,
  compareBlocks,
  conductance,
  conformalThreshold,
  corruptParams,
  crossConformal,
  deepLift,
  fitTemperature,
  fitVectorScaling,
  fisherDiagonal,
  hScore,
  inputTimesGradient,
  integratedGradients,
  leep,
  linearCka,
  logMe,
  mahalanobisScores,
  monteCarlo,
  nce,
  neighbourScores,
  openBlocks,
  probeBlocks,
  probeLearner,
  rankCorrelation,
  riskGradient,
  selectiveCurve,
  softmaxOf,
  splitConformal,
  transferBlocks,
  vulnerability,
  type LayerBlock,
  type Risk,
} from '../src/index.ts'

const body = [
  { name: 'h', layer: serial(dense(5), relu) },
  { name: 'head', layer: dense(2) },
]
const model = serial(...body.map(({ layer }) => layer)) as Layer
const classes = 2
const labels = Int32Array.of(0, 1, 0, 1, 0, 1)
const ofOneClass = Int32Array.of(0, 0, 0, 0, 0, 0)
const nan = { values: Float32Array.from({ length: 12 }, () => NaN), examples: 6, size: 2 }
const rows = { values: Float64Array.from({ length: 12 }, (_, i) => (i * 7) % 5), examples: 6, size: 2 }
const even = Float64Array.from({ length: 12 }, () => 0.5)
const sure = { probabilities: even, labels, classes }
const numbers = Float64Array.from(nan.values)

let params: readonly ParamTree[]
let blocks: readonly LayerBlock[]
let given: Readonly<Record<'x' | 'broken' | 'wide' | 'one' | 'words', Tensor> & { readonly y: Tensor2D }>

beforeAll(() => {
  params = initBody(body, key(1), [3])
  blocks = openBlocks(body, params)
  given = {
    ...{ x: normal(key(2), [6, 3]), broken: fill([6, 3], NaN), wide: ones([6, 4]), one: ones([1, 3]) },
    words: tensor2d([[1, 2, 3]]),
    y: tensor2d([0, 1, 0, 1, 0, 1].map((label) => [1 - label, label])),
  }
})
afterAll(() => {
  disposeParams([params, given] as ParamTree)
})

const set = { p: 2, epsilon: 0.1 }
const risk = (x: Tensor, layer: Layer = model): Risk => ({ model: layer, loss: crossEntropy, batches: [{ x, y: given.y }] }) // prettier-ignore

/** Calls that mean nothing, by what is wrong with them: each with the words of its error. */
const table: Readonly<Record<string, readonly (readonly [string, () => unknown, RegExp])[]>> = {
  'a baseline of another shape': [
    [
      'conductance',
      () => conductance(blocks, { at: 'h', x: given.x, target: 0, baseline: given.wide }),
      /baseline of shape \[6, 3\].*got \[6, 4\]/,
    ],
    [
      'integratedGradients',
      () => integratedGradients(blocks, { x: given.x, target: 0, baseline: given.wide }),
      /baseline of shape/,
    ],
    ['deepLift', () => deepLift(blocks, { x: given.x, target: 0, baseline: given.wide }), /baseline of shape/],
  ],
  'activations that are NaN': [
    [
      'conductance',
      () => conductance(blocks, { at: 'h', x: given.broken, target: 0 }),
      /finite attributions.*check the inputs/,
    ],
    ['deepLift', () => deepLift(blocks, { x: given.broken, target: 0 }), /finite attributions/],
    ['inputTimesGradient', () => inputTimesGradient(blocks, { x: given.broken, target: 0 }), /finite gradients/],
    [
      'cascadingRandomisation',
      () =>
        cascadingRandomisation(blocks, {
          input: [3],
          key: key(0),
          attribute: (own) => integratedGradients(own, { x: given.broken, target: 0 }),
        }),
      /finite attributions/,
    ],
    ['corruptParams', () => corruptParams(risk(given.broken), params, { set }), /finite loss, got NaN/],
    ['vulnerability', () => vulnerability(risk(given.broken), params, { set }), /finite/],
    ['linearCka', () => linearCka(nan, rows), /finite features, example 0 has NaN/],
    [
      'compareBlocks',
      async () => {
        const own = await blockFeatures(blocks, given.broken)
        return compareBlocks(own, own)
      },
      /finite features/,
    ],
    [
      'probeBlocks',
      async () => probeBlocks(await blockFeatures(blocks, given.broken), { labels, key: key(0) }),
      /finite features/,
    ],
    ['probeLearner', () => probeLearner(nan, labels, key(0)), /finite features/],
    ['leep', () => leep(nan, labels), /finite features/],
    ['hScore', () => hScore(nan, labels), /finite features/],
    ['logMe', () => logMe(nan, labels), /finite features/],
    ['rankCorrelation', () => rankCorrelation([NaN, 1, 2], [1, 2, 3]), /entry 0 is NaN/],
    ['rankCorrelation, second', () => rankCorrelation([0, 1, 2], [1, NaN, 3]), /entry 1 is NaN/],
    [
      'attributionSimilarity',
      () =>
        attributionSimilarity(
          { shape: [1, 2], values: Float32Array.of(NaN, 1) },
          { shape: [1, 2], values: Float32Array.of(0, 1) },
        ),
      /is NaN/,
    ],
    ['softmaxOf', () => softmaxOf({ logits: nan.values, labels, classes }), /example 0 has NaN/],
    ['fitTemperature', () => fitTemperature({ logits: nan.values, labels, classes }), /example 0 has NaN/],
    ['fitVectorScaling', () => fitVectorScaling({ logits: nan.values, labels, classes }), /example 0 has NaN/],
    [
      'splitConformal',
      () => splitConformal(sure, numbers),
      /finite probabilities of the new examples, example 0 has NaN/,
    ],
    [
      'crossConformal',
      () =>
        crossConformal([
          { held: sure, probabilities: even },
          { held: sure, probabilities: numbers },
        ]),
      /new examples, example 0 has NaN/,
    ],
    ['conformalThreshold', () => conformalThreshold(Float64Array.of(0.5, NaN), 0.5), /example 1 has NaN/],
    ['selectiveCurve', () => selectiveCurve({ ...sure, probabilities: numbers }), /example 0 has NaN/],
    ['neighbourScores', () => neighbourScores({ values: numbers, size: 2 }, rows, 1), /row 0 has NaN/],
    ['areaUnderRoc', () => areaUnderRoc(Float64Array.of(NaN, 1), Float64Array.of(1)), /one is NaN/],
    [
      'monteCarlo',
      () =>
        monteCarlo(
          key(0),
          { layer: model, params, normalisation: { mean: 0, deviation: 1 } },
          { shape: [3], features: Float32Array.of(NaN, 1, 1), labels: Int32Array.of(0), classes: ['a', 'b'] },
        ),
      /number 0 is NaN/,
    ],
  ],
  'one class, or features that say nothing': [
    [
      'leep',
      () => leep({ values: even, examples: 6, size: 2 }, ofOneClass),
      /at least 2 classes, got 6 of one class; add examples/,
    ],
    ['nce', () => nce(ofOneClass, ofOneClass), /at least 2 classes/],
    ['hScore', () => hScore(rows, ofOneClass), /at least 2 classes/],
    ['logMe', () => logMe(rows, ofOneClass), /at least 2 classes/],
    ['logMe of zeros', () => logMe({ ...rows, values: new Float64Array(12) }, labels), /some are not 0, all are/],
    [
      'codeLength',
      () => codeLength({ labels: ofOneClass, learn: () => Promise.resolve([]), key: key(0) }),
      /at least 2 classes/,
    ],
    [
      'fitTemperature',
      () => fitTemperature({ logits: even, labels: ofOneClass, classes }),
      /two classes or more, all are of one/,
    ],
    [
      'mahalanobisScores',
      () => mahalanobisScores({ values: new Float64Array(12), size: 2, labels, classes }, rows),
      /span too few directions/,
    ],
    ['linearCka', () => linearCka({ ...rows, values: even }, rows), /features/],
  ],
  'one example': [
    [
      'linearCka',
      async () => {
        const [own] = await blockFeatures(blocks, given.one)
        return own && linearCka(own, own)
      },
      /at least 2 examples, got 1/,
    ],
    [
      'probeBlocks',
      async () => probeBlocks(await blockFeatures(blocks, given.one), { labels: [0], key: key(0) }),
      /at least 2 examples, got 1/,
    ],
    [
      'codeLength',
      () => codeLength({ labels: [0], learn: () => Promise.resolve([]), key: key(0) }),
      /at least 2 classes, got 1 of one class/,
    ],
    [
      'fitTemperature',
      () => fitTemperature({ logits: Float64Array.of(1, 0), labels: Int32Array.of(0), classes }),
      /all are of one/,
    ],
  ],
  'layers without gradients': [
    [
      'inputTimesGradient',
      () => {
        const words = [
          { name: 'words', layer: embedding(9, 2) },
          { name: 'head', layer: serial(flatten, dense(2)) },
        ]
        const own = initBody(words, key(0), [3])
        return inputTimesGradient(openBlocks(words, own), { x: given.words, target: 0 }).finally(() => {
          disposeParams(own)
        })
      },
      /through which a gradient passes.*attribute a block above/,
    ],
  ],
  'black boxes where parameters are needed': [
    [
      'transferBlocks',
      () =>
        transferBlocks(
          transfer(
            fromFunction((x: Tensor) => [square(x)], { energy: [3] }),
            { blocks: [observe], head: dense(2) },
          ),
          { blocks: [], head: [] },
        ),
      /block energy \(observe\) reads a black box/,
    ],
    ['riskGradient', () => riskGradient(risk(given.y, relu), []), /with parameters, got none; a black box/],
    ['vulnerability', () => vulnerability(risk(given.y, relu), [], { set }), /with parameters, got none; a black box/],
    ['corruptParams', () => corruptParams(risk(given.y, relu), [], { set }), /with parameters, got none; a black box/],
    ['fisherDiagonal', () => fisherDiagonal({ model: relu, params: [], x: given.y }), /with parameters, got none/],
  ],
}

describe.each(Object.entries(table))('%s', (_wrong, calls) => {
  it.each(calls)('is named by %s', async (_name, call, words) => {
    await expect(Promise.resolve().then(call)).rejects.toThrow(words)
  })
})
