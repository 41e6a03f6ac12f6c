import { key } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import { dense } from '@ptu/layers'
import { disposeSource, freeze, initBody, mlp } from '@ptu/networks'
import { fineTune, ptu, transfer } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { encodeEachBatch, predict } from '@ptu/trainer'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { sealTestSet } from '../tasks/test-set.ts'
import { evaluateFinally, plainModel, testedModel } from './final-evaluation.ts'

const normalisation = { mean: 0.5, deviation: 2 }

describe('the final evaluation', () => {
  it('counts every test example, opens them once and weighs the folded network', async () => {
    const source = freeze(mlp([6]), initBody(mlp([6]), key(0), [4]))
    const model = transfer(source, { blocks: [fineTune], head: dense(2) })
    const params = model.init(key(1), [4])
    const examples = blobs(key(2), 50)
    const { logits } = await predict(model, params, encodeEachBatch(model, examples, normalisation))
    // Right for the first 64, wrong for the other 36.
    const answers = Array.from({ length: 100 }, (_, i) => Number((logits[2 * i] ?? 0) < (logits[2 * i + 1] ?? 0)))
    const labelled: Dataset = {
      ...take(examples, Array.from(answers.keys())),
      labels: Int32Array.from(answers, (answer, i) => (i < 64 ? answer : 1 - answer)),
    }
    const plain = plainModel(model, params)
    const { evaluation: found } = await evaluateFinally(
      { test: sealTestSet(labelled), normalisation, labelled },
      { model, params },
      plain,
    )
    expect(found.accuracy).toBeCloseTo(0.64, 6)
    expect(found).toMatchObject({ testOpened: 1, parameters: 4 * 6 + 6 + 6 * 2 + 2, bytes: 4 * 44, gates: [] })
    expect(found.foldError).toBeLessThan(1e-5)
    disposeParams([params, plain.params])
    disposeSource(source)
  })

  it('is of the model as it was trained where that cannot be folded, and such a model is not saved', async () => {
    const source = freeze(mlp([6]), initBody(mlp([6]), key(0), [4]))
    const model = transfer(source, { blocks: [ptu({ mix: 'post' })], head: dense(2) })
    const params = model.init(key(1), [4])
    expect(() => plainModel(model, params)).toThrow('cannot be folded')
    const tested = testedModel(model, params)
    const test = sealTestSet(blobs(key(2), 10))
    const { evaluation: found } = await evaluateFinally(
      { test, normalisation, labelled: blobs(key(3), 2) },
      { model, params },
      tested,
    )
    expect(found.foldError).toBe(0)
    expect(found.parameters).toBeGreaterThan(44)
    disposeParams([params, tested.params])
    disposeSource(source)
  })
})
