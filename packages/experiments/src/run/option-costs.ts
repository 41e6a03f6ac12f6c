import type { Key } from '@ptu/core'
import { take, type Dataset, type Normalisation } from '@ptu/data'
import type { Layer } from '@ptu/layers'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import { transfer, type Strategy, type TransferParams } from '@ptu/strategies'
import { countParams, disposeParams } from '@ptu/tensor'
import { disposeState, encodeEachBatch, lossOf, start, step, type TrainState } from '@ptu/trainer'

import { averageOf, optimizerOf } from '../methods/schedule.ts'

/** The numbers of a way to use a source, before it is trained. */
export interface OptionCost {
  /** The numbers that it would train, those of the head and of gates included. */
  readonly trainable: number
  /** The numbers of the head. */
  readonly head: number
  /** The median of a few training steps, which are thrown away. */
  readonly seconds: number
}

/** The circumstances in which steps are measured. */
export interface CostContext {
  readonly source: SourceNetwork<OpenBlock>
  readonly labelled: Dataset
  readonly normalisation: Normalisation
  readonly head: Layer
  readonly rate: number
  readonly batch: number
  readonly key: Key
}

/** Steps that are measured after a first one, which also prepares the backend. */
const measured = 3

/**
 * Measures what a plan would cost: counts what it trains and times a few steps on the labelled examples.
 *
 * What is frozen at the input side is computed once before, as in training. Nothing of the steps is kept.
 */
export const costOfOption = async (blocks: readonly Strategy[], context: CostContext): Promise<OptionCost> => {
  const { source, labelled, normalisation, head, rate, batch, key } = context
  const model = transfer(source, { blocks, head })
  const objective = { model, loss: lossOf(labelled), optimizer: optimizerOf(rate, measured + 1), average: averageOf(1) }
  const places = Array.from({ length: batch }, (_, i) => i % labelled.labels.length)
  const examples = encodeEachBatch(model, take(labelled, places), normalisation).batch(places.map((_, i) => i))
  let state: TrainState = start(objective, key, labelled.shape)
  const params = state.params as TransferParams
  const counts = { trainable: countParams(params), head: countParams(params.head) }
  const times: number[] = []
  for (let i = 0; i <= measured; i++) {
    const began = performance.now()
    const next = step(objective)(state, examples, { steps: measured + 1 })
    await next.loss.data()
    next.loss.dispose()
    state = next.state
    times.push((performance.now() - began) / 1000)
  }
  disposeState(state)
  disposeParams([examples.x, examples.y])
  return { ...counts, seconds: times.slice(1).toSorted((a, b) => a - b)[Math.floor(measured / 2)] ?? 0 }
}
