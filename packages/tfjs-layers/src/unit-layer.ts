import { foldIn, key } from '@ptu/core'
import { hierarchicalGate, type Gate, type HierarchicalGateParams, type Noise, type Openness } from '@ptu/gates'
import { infer, type Mode } from '@ptu/layers'
import { serialization, transpose, type Tensor } from '@tensorflow/tfjs-core'
import { initializers, layers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers'

import { LayersModelError } from './errors.ts'

type Kwargs = Parameters<layers.Layer['call']>[1]

/** The branches, gates and noise of a unit. */
export interface PtuUnitOptions {
  /** The number of branches: 3 with one that starts at random; default 2. */
  readonly branches?: 2 | 3
  /** The initial openness of the update gate, in (0, 1); default .5 for two branches and .75 for three. */
  readonly update?: number
  /** The initial openness of the fine-tune gate of three branches, in (0, 1); default .88. */
  readonly fineTune?: number
  /** The noise of the gates in training; default `'annealed'`. */
  readonly noise?: Noise
  /** The number of training steps after which annealed noise has faded out; default 300. */
  readonly steps?: number
}

/** The arguments of {@link PtuUnit}. */
export interface PtuUnitArgs extends PtuUnitOptions {
  readonly name?: string
  /** False fixes the gates where they start. */
  readonly trainable?: boolean
  /** The seed of the noise; default 0. */
  readonly seed?: number
  /** The activation of the mix, as Keras names it; default `'linear'`. */
  readonly activation?: string
  /** The axis of the channels, where the batch is axis 0; default -1, the last. */
  readonly axis?: number
  /** The number of training steps that the unit has done; a saved model goes on from there. */
  readonly step?: number
}

/** The gates' numbers as layer variables, by the names of their weights. */
type GateWeights = Readonly<Record<string, LayerVariable>>

/**
 * The Parameter Transfer Unit as a Keras layer. It mixes the outputs of a source branch, a fine-tuned branch and, with
 * three branches, a random one for the same input, by gates it learns, and applies an activation.
 *
 * `y = φ( (1 - u)·z_S + u·( f·z_F + (1 - f)·z_0 ) )`, with two branches `y = φ( (1 - u)·z_S + u·z_F )`
 *
 * with `z_S`, `z_F`, `z_0` the source, fine-tuned and random branch, the gates `u`, `f` of {@link hierarchicalGate} and
 * the activation `φ`. Inputs are the branches in this order, each `[batch, ..., channels]` unless `axis` says otherwise. Consistent with the
 * published abstract; the equations are this project's.
 *
 * References:
 *   Zhang, Zhang & Yang, "Parameter Transfer Unit for Deep Neural Networks", PAKDD 2019, abstract, https://arxiv.org/abs/1804.08613
 */
export class PtuUnit extends layers.Layer {
  /** The name of the class in saved models. */
  static readonly className = 'PtuUnit'

  /** Applied to the mix, as Keras names it. */
  readonly activation: string
  /** The axis of the channels. */
  readonly axis: number
  readonly #options: PtuUnitOptions & { readonly seed: number; readonly steps: number }
  readonly #gate: Gate<HierarchicalGateParams>
  readonly #activate: layers.Layer
  #weights: GateWeights = {}
  #step: number

  constructor(args: PtuUnitArgs) {
    const { name, trainable = true, activation = 'linear', axis = -1, step = 0, ...options } = args
    super({ ...(name !== undefined && { name }), trainable })
    const { seed = 0, steps = 300, branches, update, fineTune, noise } = options
    const gate = { branches, update, fineTune, noise }
    const given = Object.fromEntries(Object.entries(gate).filter(([, value]) => value != null))
    this.#options = { ...given, seed, steps }
    this.#gate = hierarchicalGate(given)
    this.#step = step
    this.activation = activation
    this.axis = axis
    this.#activate = layers.activation({ activation: activation as 'linear' })
    this.supportsMasking = true
  }

  override build(inputShape: Shape | Shape[]): void {
    const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as readonly Shape[]
    const channels = shapes[0]?.at(this.axis)
    const { branches } = this.#gate
    if (shapes.length !== branches || channels == null || shapes.some((shape) => shape.join() !== shapes[0]?.join()))
      throw new LayersModelError(
        `${this.name}: expected ${branches} branches of one shape with known channels, got ${JSON.stringify(shapes)}`,
      )
    const names = branches === 3 ? ['update', 'fineTune'] : ['update']
    const add = (name: string, shape: number[]): [string, LayerVariable] => [
      name,
      this.addWeight(name, shape, 'float32', initializers.zeros(), undefined, true),
    ]
    this.#weights = Object.fromEntries(
      names.flatMap((name) => [add(`${name}_unit`, []), add(`${name}_channel`, [channels])]),
    )
    this.built = true
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    const [source, fineTuned, random] = inputs as readonly Tensor[]
    if (source === undefined || fineTuned === undefined)
      throw new LayersModelError(`${this.name}: expected a list of branches: source, fine-tuned and, of three, random`)
    const { to, back } = channelsLast(source.rank, this.axis)
    const branches = { source: to(source), fineTuned: to(fineTuned), ...(random && { random: to(random) }) }
    const mode = kwargs['training'] === true ? this.#training() : infer
    const mixed = back(this.#gate.apply(this.#params(), branches, mode))
    return this.activation === 'linear' ? mixed : this.#activate.call(mixed, {})
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape[0] as Shape
  }

  override computeMask(_inputs: Tensor | Tensor[], mask?: Tensor | Tensor[]): Tensor | Tensor[] {
    return (Array.isArray(mask) ? mask[0] : mask) as Tensor
  }

  /** The openness of the gates at inference; the caller owns the tensors. */
  openness(): Openness {
    return this.#gate.openness?.(this.#params()) as Openness
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options, activation: this.activation, axis: this.axis, step: this.#step }
  }

  #params(): HierarchicalGateParams {
    const of = (name: string): { unit: Tensor; channel: Tensor } => ({
      unit: (this.#weights[`${name}_unit`] as LayerVariable).read(),
      channel: (this.#weights[`${name}_channel`] as LayerVariable).read(),
    })
    return { update: of('update'), ...(this.#gate.branches === 3 && { fineTune: of('fineTune') }) }
  }

  #training(): Mode {
    const { seed, steps } = this.#options
    const step = this.#step++
    return { kind: 'train', key: foldIn(key(seed), step), progress: Math.min(1, step / steps) }
  }
}

/** Moves an axis to the end, where gates have the channels, and back. */
const channelsLast = (rank: number, axis: number): Record<'to' | 'back', (x: Tensor) => Tensor> => {
  const at = axis < 0 ? rank + axis : axis
  if (at === rank - 1) return { to: (x) => x, back: (x) => x }
  const order = [...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== at), at]
  return {
    to: (x) => transpose(x, order),
    back: (x) =>
      transpose(
        x,
        order.map((_, i) => order.indexOf(i)),
      ),
  }
}

serialization.registerClass(PtuUnit)
