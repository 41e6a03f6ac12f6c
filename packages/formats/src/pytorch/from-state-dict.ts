import { freeze, ImportError, type Body, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { scope, type Shape } from '@ptu/tensor'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import type { StoredWeight } from '../stored-weight.ts'
import { moduleOf } from './module-of.ts'
import { readLayers, type Place } from './read-layers.ts'

/** The parameters of a PyTorch model, and the module of each layer. */
export interface StateDict {
  readonly tensors: readonly StoredWeight[]
  /** The modules of each block's layers with parameters, in their order: `features.0`. */
  readonly modules: Readonly<Record<string, readonly string[]>>
  /** The shape of an example, in our order of axes. */
  readonly input: Shape
  /**
   * The number that the model's batch normalisations add to variances; default PyTorch's own, 1e-5. The file does not
   * hold it.
   */
  readonly epsilon?: number
}

/**
 * A source with the parameters of a PyTorch model whose layers `body` spells out.
 *
 * Kernels are turned into our order of axes, for dense layers after a flattened map too; batch normalisation is folded to
 * its function at inference. The caller frees the source with `disposeSource`. A Left names the module or tensor that does
 * not fit.
 *
 * @example
 * ```ts
 * const bytes = new TextEncoder().encode('what torch.save(model.state_dict(), path) wrote')
 * const modules = { conv1: ['features.0'], conv2: ['features.3'], dense: ['classifier.1'] }
 * const source = pipe(
 *   listTensors({ name: 'lenet.pth', bytes }),
 *   E.flatMap(({ tensors }) => fromStateDict(lenet(), { tensors, modules, input: [28, 28, 1] })),
 * )
 * expect(E.isLeft(source) && source.left.message).toContain('"lenet.pth": expected a file of PyTorch')
 * ```
 */
export const fromStateDict = (
  body: Body,
  { tensors, modules, input, epsilon = 1e-5 }: StateDict,
): Either<ImportError, SourceNetwork<OpenBlock>> =>
  attempt(() => {
    if (!(epsilon >= 0)) throw new ImportError(`expected an epsilon from 0, got ${epsilon}`)
    const find = moduleOf(new Map(tensors.map((weight) => [weight.name, weight])))
    let at: Place = { shape: input }
    const makers = body.map(({ name, layer }) => {
      const names = Object.hasOwn(modules, name) ? (modules[name] ?? []) : []
      const read = readLayers(layer, at, { block: name, names, epsilon, moduleOf: find })
      at = read.at
      return read.params
    })
    return freeze(
      body,
      scope(() => makers.map((params) => params())),
    )
  })
