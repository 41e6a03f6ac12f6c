import { foldIn, key, split, type Key } from '@ptu/core'
import { toTensors } from '@ptu/data'
import { dense, dropout, relu, serial, type Layer, type Mode } from '@ptu/layers'
import { adam, sgd } from '@ptu/optim'
import { disposeParams } from '@ptu/tensor'
import { memory } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { asIs, blobs, numbersIn } from '../tests/blobs.ts'
import { crossEntropy } from './losses.ts'
import { disposeState, start, step, tensorsOf, type Batch, type Objective, type TrainState } from './step.ts'

const objective: Objective = {
  model: serial(dense(8), relu, dropout(0.3), dense(3)),
  loss: crossEntropy,
  optimizer: adam(0.01),
  average: { decay: 0.9 },
}

/** Runs `count` steps on one batch, with the number of tensors after each. */
const run = (count: number, batch: Batch, from = objective): { state: TrainState; tensors: number[]; loss: number } => {
  const advance = step(from)
  let state = start(from, key(0), [4])
  const tensors: number[] = []
  let last = NaN
  for (let i = 0; i < count; i++) {
    const next = advance(state, batch)
    state = next.state
    last = next.loss.dataSync()[0] ?? NaN
    next.loss.dispose()
    tensors.push(memory().numTensors)
  }
  return { state, tensors, loss: last }
}

describe('step', () => {
  it('lowers the loss and leaves no tensor behind over 200 steps', () => {
    const batch = toTensors(blobs(), asIs)
    const { state, tensors, loss } = run(200, batch)
    expect(tensors[199]).toBe(tensors[19])
    expect(loss).toBeLessThan(0.6)
    expect(state.step).toBe(200)
    disposeParams([batch.x, batch.y])
    disposeState(state)
  })

  it('gives the same bits for the same key', () => {
    const batch = toTensors(blobs(), asIs)
    const [a, b] = [run(20, batch).state, run(20, batch).state]
    expect(numbersIn(tensorsOf(a))).toEqual(numbersIn(tensorsOf(b)))
    disposeParams([batch.x, batch.y, tensorsOf(a), tensorsOf(b)])
  })

  it('tells layers the key of the step and how far the run is', () => {
    const seen: Mode[] = []
    const model: Layer = {
      ...dense(3),
      apply: (params, x, mode) => (seen.push(mode), dense(3).apply(params as never, x, mode)),
    }
    const batch = toTensors(blobs(), asIs)
    const advance = step({ model, loss: crossEntropy, optimizer: sgd(0.1) })
    const fresh = start({ model, loss: crossEntropy, optimizer: sgd(0.1) }, key(0), [4])
    const first = advance(fresh, batch, { steps: 4 })
    const second = advance(first.state, batch, { steps: 4 })
    const third = advance(second.state, batch)
    expect(seen).toEqual([
      { kind: 'train', key: foldIn(fresh.key, 0), progress: 0 },
      { kind: 'train', key: foldIn(fresh.key, 1), progress: 0.25 },
      { kind: 'train', key: foldIn(fresh.key, 2) },
    ])
    disposeParams([batch.x, batch.y, first.loss, second.loss, third.loss])
    disposeState(third.state)
  })

  it('draws its noise from another key than the first weights', () => {
    const seen: Key[] = []
    const layer = dense(3)
    const model: Layer = { ...layer, init: (from, input) => (seen.push(from), layer.init(from, input)) }
    const fresh = start({ ...objective, model }, key(0), [4])
    expect([...seen, fresh.key]).toEqual(split(key(0), 2))
    disposeState(fresh)
  })

  it('leaves the state whole where it throws', () => {
    const { x, y } = toTensors(blobs(), asIs)
    const fresh = start(objective, key(0), [4])
    const before = memory().numTensors
    expect(() => step(objective)(fresh, { x: y, y })).toThrow()
    expect(memory().numTensors).toBe(before)
    expect(numbersIn(tensorsOf(fresh)).length).toBeGreaterThan(0)
    disposeParams([x, y])
    disposeState(fresh)
  })

  it('trains a model without parameters to no effect', () => {
    const empty: Objective = { model: relu, loss: crossEntropy, optimizer: adam(0.01), average: { decay: 0.9 } }
    const { y } = ((batch) => (batch.x.dispose(), batch))(toTensors(blobs(), asIs))
    const { state, loss } = run(2, { x: y, y }, empty)
    expect(loss).toBeGreaterThan(0)
    expect(state.step).toBe(2)
    y.dispose()
    disposeState(state)
  })
})
