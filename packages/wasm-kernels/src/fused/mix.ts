import { add, engine, getBackend, getKernel, mul, sub, type Tensor } from '@tensorflow/tfjs-core'
import { PTU_MIX } from './kernel-names.ts'

/** Branches of one shape [batch, ..., channels]. */
export interface MixBranches {
  readonly source: Tensor
  readonly fineTuned: Tensor
  readonly random?: Tensor
}

/** Gates of shape [channels] or [batch, 1, ..., channels]; the fine-tune gate belongs to the random branch. */
export interface MixGates {
  readonly update: Tensor
  readonly fineTune?: Tensor
}

const threeBranches = ({ random }: MixBranches, { fineTune }: MixGates): readonly Tensor[] => {
  if (random === undefined && fineTune === undefined) return []
  if (random !== undefined && fineTune !== undefined) return [random, fineTune]
  throw new Error('mixBranches: expected a random branch and a fine-tune gate together, got one without the other.')
}

const composed = (
  { source, fineTuned }: MixBranches,
  update: Tensor,
  [random, fineTune]: readonly Tensor[],
): Tensor => {
  const open =
    random === undefined || fineTune === undefined
      ? fineTuned
      : add(mul(fineTune, fineTuned), mul(sub(1, fineTune), random))
  return add(mul(sub(1, update), source), mul(update, open))
}

/**
 * Mixes the branches of a transfer unit: `z = (1 - u)·z_S + u·(f·z_R + (1 - f)·z_T)`, with two branches
 * `z = (1 - u)·z_S + u·z_R`, with the gates broadcast over positions. Differentiable in every branch and gate. It is
 * one kernel if the backend has it, else the composed formula; both give the same bits.
 *
 * @throws Error if a random branch comes without a fine-tune gate or the other way round, or a gate has another shape.
 *
 * @example
 * ```ts
 * import { ones, tensor1d, zeros } from '@tensorflow/tfjs-core'
 * import { mixBranches } from '@ptu/wasm-kernels'
 *
 * const z = mixBranches({ source: zeros([2, 4, 4, 3]), fineTuned: ones([2, 4, 4, 3]) }, { update: tensor1d([0, 0.5, 1]) })
 * console.log(z.shape) // [2, 4, 4, 3]
 * ```
 */
export const mixBranches = (branches: MixBranches, gates: MixGates): Tensor => {
  const three = threeBranches(branches, gates)
  if ((getKernel(PTU_MIX, getBackend()) as unknown) === undefined) {
    return engine().tidy(() => composed(branches, gates.update, three))
  }
  const inputs = [branches.source, branches.fineTuned, gates.update, ...three]
  return engine().runKernel<Tensor>(PTU_MIX, inputs as never)
}
