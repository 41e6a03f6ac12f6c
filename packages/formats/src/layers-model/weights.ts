import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { StoredWeight } from '../stored-weight.ts'

/** The place of a layer: its own name and the names of the models it is nested in. */
export interface Place {
  readonly scope: readonly string[]
  readonly own: string
}

/** The weights of one layer by role, asked for in the order in which Keras keeps them; an undefined shape asks for none. */
export type WeightsOf = <Shapes extends Readonly<Record<string, Shape | undefined>>>(
  shapes: Shapes,
  /** The beginning of a part of the name, for a layer that holds other layers; several where Keras has several. */
  part?: string | readonly string[],
) => { readonly [Role in keyof Shapes]: Made<Shapes[Role]> }

type Made<S> = S extends Shape ? () => Tensor : undefined

/** A weight with what its name says of where it is. */
export interface Indexed {
  readonly weight: StoredWeight
  readonly path: string
  readonly role: string
  readonly segments: readonly string[]
}

/** The names that Keras 3 gives to some weights. */
export const otherNames: Readonly<Record<string, string>> = { depthwise_kernel: 'kernel' }

/** The folders of a Keras 3 archive that name no layer. */
const folders: ReadonlySet<string> = new Set(['vars', 'layers', '_layer_checkpoint_dependencies', '_self'])

/** Reads the name of a weight. */
export const indexed = (weight: StoredWeight): Indexed => {
  const all = weight.name.replace(/:\d+$/, '').split('/')
  const role = all.at(-1) ?? ''
  const path = all.slice(0, -1)
  const segments = /^\d+$/.test(role) ? path.filter((segment) => !folders.has(segment)) : path
  return { weight, role, segments, path: segments.join('/') }
}

/** Finds weights by layer and role. A weight is given out once. */
export const weightIndex = (
  weights: readonly StoredWeight[],
  modelName: string | undefined,
): ((layer: Place) => WeightsOf) => {
  const byStart = new Map<string, Indexed[]>()
  for (const weight of weights.map(indexed)) {
    const start = weight.segments[0] ?? ''
    const found = byStart.get(start) ?? []
    found.push(weight)
    byStart.set(start, found)
  }
  const taken = new Set<StoredWeight>()
  return ({ scope, own }) => {
    const [full, model] = [[...scope, own].join('/'), modelName ?? '']
    const paths = [full, own, `${model}/${full}`, `${model}/${own}`]
    const [mine] = paths.flatMap((at) => {
      const found = (byStart.get(at.split('/')[0] ?? '') ?? []).filter((weight) => lies(weight, at))
      return found.length > 0 ? [{ at, found }] : []
    })
    const isIn = ({ path }: Indexed, part: string | readonly string[]): boolean =>
      path.slice(mine?.at.length).split('/').some((name) => begins(name, part)) // prettier-ignore
    return (shapes, part) => {
      const found = (mine?.found ?? []).filter((weight) => part === undefined || isIn(weight, part))
      const wanted = Object.entries(shapes).flatMap(([role, shape]) => (shape ? [{ role, shape }] : []))
      const entries = wanted.map(({ role, shape }, i) => {
        const { weight } = only(found, role, i, own)
        if (taken.has(weight))
          throw new ImportError(`weight ${weight.name}: expected one layer to have it, two claim it`)
        taken.add(weight)
        return [role, checked(weight, shape)] as const
      })
      return Object.fromEntries(entries) as never
    }
  }
}

/** Tells whether a name begins with a part, or with one of several. */
export const begins = (name: string, part: string | readonly string[]): boolean =>
  [part].flat().some((one) => name.startsWith(one))

const lies = ({ path }: Indexed, layer: string): boolean => path === layer || path.startsWith(`${layer}/`)

const only = (found: readonly Indexed[], role: string, place: number, layer: string): Indexed => {
  const named = found.filter((weight) => weight.role === role || weight.role === otherNames[role])
  const matches = named.length > 0 ? named : found.filter((weight) => weight.role === String(place))
  const [first] = matches
  if (first === undefined)
    throw new ImportError(
      `layer ${layer}: expected a weight ${role}, got ${found.map(({ weight }) => weight.name).join(', ') || 'none'}`,
    )
  if (matches.length > 1)
    throw new ImportError(
      `layer ${layer}: expected one weight ${role}, got ${matches.map(({ weight }) => weight.name).join(', ')}; give layers names of their own`,
    )
  return first
}

/** Makes a weight; throws unless it has this shape and can be read. */
export const checked = (weight: StoredWeight, shape: Shape): (() => Tensor) => {
  if (weight.shape.join() !== shape.join())
    throw new ImportError(
      `weight ${weight.name}: expected shape [${shape.join(', ')}] by the layer's description, got [${weight.shape.join(', ')}]`,
    )
  if (weight.refused !== undefined) throw new ImportError(`weight ${weight.name}: ${weight.refused}`)
  return () => weight.tensor()
}
