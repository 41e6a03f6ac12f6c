import { ImportError, type Body } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import type { Layer } from '@ptu/layers'
import type { Either } from 'fp-ts/lib/Either.js'

import { attempt } from '../attempt.ts'
import { shownShape } from '../shown.ts'
import type { StoredTensor, TensorFile } from '../stored-tensor.ts'
import { readLayers, type Place } from './read-layers.ts'
import { torchLayers } from './torch-layers.ts'

/** The place where the modules of a body are looked for. */
export interface FindModules {
  readonly file: Pick<TensorFile, 'format'> & { readonly tensors: readonly Pick<StoredTensor, 'name' | 'shape'>[] }
  /** The shape of an example, in our order of axes. */
  readonly input: Shape
}

/**
 * Finds which module of a file holds the parameters of each layer of a body, for `fromStateDict`.
 *
 * A module fits a layer where all tensors of the layer are there in their shapes. Those are preferred that are called like
 * the layer's block, `conv1` or `conv1.0`. Where several fit, the first of a PyTorch file is taken, for it keeps the order of
 * the layers; in a safetensors file, which does not, that is a Left.
 *
 * @example
 * ```ts
 * const tensors = [{ name: 'one.weight', shape: [8, 4] }, { name: 'one.bias', shape: [8] }]
 * const found = findModules(mlp([8]), { file: { format: 'safetensors', tensors }, input: [4] })
 * expect(found).toEqual(E.right({ dense1: ['one'] }))
 * ```
 */
export const findModules = (
  body: Body,
  { file, input }: FindModules,
): Either<ImportError, Readonly<Record<string, readonly string[]>>> =>
  attempt(() => {
    const shapes = new Map(file.tensors.map(({ name, shape }) => [name, shape.join()]))
    const modules = [...new Set(file.tensors.map(({ name }) => moduleIn(name)))]
    const taken = new Set<string>()
    let at: Place = { shape: input }
    const found = body.map(({ name, layer }) => {
      const { wanted, after } = tensorsOf(name, layer, at)
      at = after
      return [
        name,
        wanted.map((tensors) => {
          const fits = modules.filter(
            (module) =>
              !taken.has(module) &&
              [...tensors].every(([tensor, shape]) => shapes.get(nameIn(module, tensor)) === shape.join()),
          )
          const module = chosen(name, tensors, fits, file.format.startsWith('PyTorch'))
          taken.add(module)
          return module
        }),
      ] as const
    })
    return Object.fromEntries(found)
  })

const moduleIn = (tensor: string): string => tensor.split('.').slice(0, -1).join('.')

const nameIn = (module: string, tensor: string): string => (module === '' ? tensor : `${module}.${tensor}`)

/** The tensors of a layer and their shapes. */
type Wanted = ReadonlyMap<string, Shape>

const chosen = (block: string, tensors: Wanted, fits: readonly string[], isOrdered: boolean): string => {
  const own = fits.filter((module) => module === block || module.startsWith(`${block}.`))
  const [first, second] = own.length > 0 ? own : fits
  const shown = [...tensors].map(([name, shape]) => `${name} ${shownShape(shape)}`).join(' and ')
  if (first === undefined) throw new ImportError(`block ${block}: expected a module with ${shown}, got none`)
  if (second !== undefined && !isOrdered)
    throw new ImportError(
      `block ${block}: expected one module with ${shown}, got ${fits.slice(0, 4).join(', ')}, and the file has no order of layers`,
    )
  return first
}

/** The tensors that each layer of a block with parameters asks for, in their order. */
const tensorsOf = (
  block: string,
  layer: Layer,
  at: Place,
): { readonly wanted: readonly Wanted[]; readonly after: Place } => {
  const names = Array.from({ length: countOf(layer) }, (_, i) => String(i))
  const wanted = names.map(() => new Map<string, Shape>())
  const never = (): never => {
    throw new Error('a list of expected tensors has no numbers')
  }
  const moduleOf = (module: string, suffix: string) => ({
    has: (tensor: string) => tensor === 'bias',
    take: (tensor: string, shape: Shape) => {
      wanted[Number(module)]?.set(`${tensor}${suffix}`, shape)
      return never
    },
  })
  const read = readLayers(layer, at, { block, names, epsilon: 0, moduleOf })
  return { wanted, after: read.at }
}

/** The number of layers that have parameters. */
const countOf = ({ structure, spec }: Layer): number => {
  if (spec.type === 'bidirectional') return 1
  if (structure.kind === 'composite') return structure.parts.reduce((sum, part) => sum + countOf(part), 0)
  return Object.hasOwn(torchLayers, spec.type) ? 1 : 0
}
