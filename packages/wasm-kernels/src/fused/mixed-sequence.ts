import { engine, registerGradient, type Tensor } from '@tensorflow/tfjs-core'
import { PTU_MIXED_SEQUENCE, PTU_MIXED_SEQUENCE_GRAD, PTU_MIXED_SEQUENCE_INPUT_GRAD } from './kernel-names.ts'

/** Attributes of a mixed sequence; they tell its inputs apart. */
export interface MixedSequenceAttrs {
  readonly cell: 'gru' | 'lstm'
  /** The quantity that is mixed at every step: the affine maps, the state h, or h and the c of an LSTM. */
  readonly mixed: 'maps' | 'states' | 'all-states'
  readonly branches: 2 | 3
  /** True if a step of zeros is padding: the state passes it by, and the output is 0 there. */
  readonly masked: boolean
  /** True if the source is given by its states instead of its parameters; only if states are mixed. */
  readonly given: boolean
}

/** The parameters of one branch: [in, gates · units], [units, gates · units], [gates · units] and of a GRU that once more. */
export type CellParams<T> = readonly [kernel: T, recurrentKernel: T, bias: T, ...recurrentBias: readonly T[]]

/** The inputs of a mixed sequence. */
export interface MixedSequenceInputs<T> {
  /** [batch, steps, in] */
  readonly x: T
  /** Gates [units] or [batch, 1, ..., 1, units]; of three branches two. */
  readonly update: T
  readonly fineTune: T | undefined
  /** [batch, steps, units · states] */
  readonly given: T | undefined
  /** Those of the source, where it is not given by its states, of the fine-tuned and of the random branch. */
  readonly source: CellParams<T> | undefined
  readonly fineTuned: CellParams<T>
  readonly random: CellParams<T> | undefined
}

/**
 * The inputs of a mixed sequence by name. In order: x, update, of three branches fineTune; given or the parameters of
 * source; those of fineTuned and, of three branches, of random.
 */
export const sequenceInputs = <T>(inputs: readonly T[], attrs: MixedSequenceAttrs): MixedSequenceInputs<T> => {
  const count = attrs.cell === 'gru' ? 4 : 3
  const rest = [...inputs]
  const take = (): T => rest.shift() as T
  const params = (): CellParams<T> => rest.splice(0, count) as unknown as CellParams<T>
  const [x, update] = [take(), take()]
  const fineTune = attrs.branches === 3 ? take() : undefined
  const given = attrs.given ? take() : undefined
  const source = attrs.given ? undefined : params()
  return {
    x,
    update,
    fineTune,
    given,
    source,
    fineTuned: params(),
    random: attrs.branches === 3 ? params() : undefined,
  }
}

/** Places of the inputs that the gradient kernel serves, in order: all but x and the source's parameters, which are frozen. */
export const sequenceGradients = (count: number, attrs: MixedSequenceAttrs): readonly number[] => {
  const places = Array.from({ length: count }, (_, i) => i)
  const { x, source = [] } = sequenceInputs(places, attrs)
  return places.filter((place) => place !== x && !(source as readonly number[]).includes(place))
}

const one = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

/**
 * Registers the gradient of `PtuMixedSequence`: one kernel for all that learns, one more for x where it is asked for, none
 * for the parameters of the source.
 */
export const registerMixedSequenceGradient = (): void => {
  registerGradient({
    kernelName: PTU_MIXED_SEQUENCE,
    saveAllInputs: true,
    outputsToSave: [false, true],
    gradFunc: (dys, saved, given) => {
      const attrs = given as unknown as MixedSequenceAttrs
      const inputs = saved.slice(0, -1)
      const results = engine().runKernel(PTU_MIXED_SEQUENCE_GRAD, [one(dys), ...saved] as never, given)
      const [dMaps, ...gradients] = results as unknown as Tensor[]
      const learnt = sequenceGradients(inputs.length, attrs).map((place, i) => [place, () => gradients[i] as Tensor])
      const ofX = (): Tensor => engine().runKernel(PTU_MIXED_SEQUENCE_INPUT_GRAD, [dMaps, ...inputs] as never, given)
      return { ...(Object.fromEntries(learnt) as Record<string, () => Tensor>), 0: ofX }
    },
  })
}
