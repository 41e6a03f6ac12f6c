import { foldIn, split, type Key } from '@ptu/core'
import type { Layer, Mode, StagedLayer } from '@ptu/layers'
import { movingAverage, type Optimizer } from '@ptu/optim'
import { disposeParams, scope, valueAndGrad, type ParamTree, type Shape } from '@ptu/tensor'
import type { Scalar, Tensor } from '@tensorflow/tfjs-core'

import type { Loss } from './losses.ts'
import type { Differentiation } from './differentiation.ts'
import { ownNoise, together, type Share } from './replica.ts'
import { staged } from './staged.ts'

/** A model and the way it is trained. */
export interface Objective<P extends ParamTree = ParamTree> {
  readonly model: Layer<P> | StagedLayer<P>
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Keeps a moving average of the parameters, which is then the model. */
  readonly average?: { readonly decay: number }
  /** `valueAndGrad` unless given: a training that descends something else than the gradient of the loss. */
  readonly differentiate?: Differentiation
}

/** Examples and the outputs that the model should give for them. */
export interface Batch {
  /**
   * The inputs as the model's `encode` returned them; for a layer without stages the inputs themselves, `[batch, ...]`.
   */
  readonly x: ParamTree
  /** `[batch, ...]`, one-hot `[batch, classes]` for a classifier. */
  readonly y: Tensor
}

/** All that changes from one step to the next. */
export interface TrainState {
  readonly params: ParamTree
  readonly optimizer: ParamTree
  /** The moving average of `params`; an empty list if there is none. */
  readonly average: ParamTree
  /** Constant over a run: step `t` draws its noise from `foldIn(key, t)`, so any step can be done again. */
  readonly key: Key
  /** The number of steps that were done. */
  readonly step: number
}

/** Fresh state for a model of inputs of shape `input`; the caller owns it. */
export const start = ({ model, optimizer, average }: Objective, key: Key, input: Shape): TrainState => {
  const [weights = key, noise = key] = split(key, 2)
  const params = model.init(weights, input)
  return {
    params,
    optimizer: optimizer.init(params),
    average: average === undefined ? [] : movingAverage(average).init(params),
    key: noise,
    step: 0,
  }
}

/** A state's tensors, in one tree. */
export const tensorsOf = ({ params, optimizer, average }: TrainState): StateTensors => ({ params, optimizer, average })

type StateTensors = { readonly params: ParamTree; readonly optimizer: ParamTree; readonly average: ParamTree }

/** Frees a state's tensors. */
export const disposeState = (state: TrainState): void => {
  disposeParams(tensorsOf(state))
}

/** The loss of a state's next step as a function of the parameters, with the noise that step draws. */
export const lossAt = (
  { model, loss }: Objective,
  { key, step }: TrainState,
  { x, y }: Batch,
  steps?: number,
): ((params: ParamTree) => Scalar) => {
  const stages = staged(model)
  const noise = { kind: 'train', key: foldIn(key, step) } satisfies Mode
  const mode: Mode = steps === undefined ? noise : { ...noise, progress: step / steps }
  return (params) => scope(() => loss(stages.decode(params, x, mode), y))
}

/** A state and the loss of the parameters it came from. */
export interface Stepped {
  readonly state: TrainState
  readonly loss: Scalar
}

/**
 * The circumstances of a step: with the number of `steps` of the run, layers are told how far the run is (`mode.progress`); with
 * a `share`, the batch is the part that a replica has of a larger one.
 */
export interface StepOptions {
  readonly steps?: number
  readonly share?: Share
}

/**
 * One gradient step: loss and gradient, the optimizer's update, the moving average.
 *
 * Consumes `state` and borrows the batch; the caller owns the result. If it throws, `state` stays as it is.
 *
 * @example
 * ```ts
 * const objective = { model: dense(2), loss: crossEntropy, optimizer: adam(0.01) }
 * const batch = { x: tensor2d([[-1], [1]]), y: tensor2d([[1, 0], [0, 1]]) }
 * const { state, loss } = step(objective)(start(objective, key(0), [1]), batch, { steps: 100 })
 * expect(state.step).toBe(1)
 * expect(loss.dataSync()[0]).toBeGreaterThan(0)
 * ```
 */
export const step = (objective: Objective): ((state: TrainState, batch: Batch, options?: StepOptions) => Stepped) => {
  const { optimizer, average, differentiate = valueAndGrad } = objective
  const joint = together(differentiate)
  return (state, batch, { steps, share } = {}) => {
    const derive = share === undefined ? differentiate : joint(share)
    const drawn = share === undefined ? state : ownNoise(state, share.replica)
    const { value, ...tensors } = scope(() => {
      const { value, grads } = derive(lossAt(objective, drawn, batch, steps))(state.params)
      const next = optimizer.update(grads, state.optimizer, state.params, state.step)
      const averaged =
        average === undefined ? [] : movingAverage(average).update(state.average, next.params, state.step)
      return { value, params: next.params, optimizer: next.state, average: averaged }
    })
    disposeState(state)
    return { state: { ...tensors, key: state.key, step: state.step + 1 }, loss: value }
  }
}
