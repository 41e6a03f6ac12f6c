import { concatenate, dotProductAttention, fixedAffine } from '@ptu/layers'

import { inSeries } from '../layers-model/blocks.ts'
import { itemsOf, numberAt, valueAt } from '../layers-model/fields.ts'
import { plain, type Part } from '../layers-model/part.ts'
import { countOf } from '../stored-tensor.ts'
import { asGroups, refuseNode, shownSizes, type Joined, type OnnxContext, type OnnxJoiner } from './context.ts'
import { after } from './elementwise.ts'
import { mostNumbers } from './folding.ts'
import { batch, sizeOf, type Factor, type Value } from './value.ts'

type Axis = readonly Factor[]

/** The axes of queries, keys or values: those of examples and heads, the steps, and the channels of a head. */
interface Heads {
  readonly lead: readonly Axis[]
  readonly steps: Axis
  readonly channels: Axis
}

const headsOf = ({ axes }: Value, isTurned: boolean): Heads => {
  const [a = [], b = []] = axes.slice(-2)
  return { lead: axes.slice(0, -2), steps: isTurned ? b : a, channels: isTurned ? a : b }
}

const signOf = ({ lead, channels, steps }: Heads): string =>
  [...lead, steps, channels].map((axis) => axis.map(({ size }) => size).join('·')).join(' ').replaceAll('NaN', 'N') // prettier-ignore

/** The factor of the scores, the product of constants. */
const scaleOf = (context: OnnxContext, by: readonly unknown[], count: number): number => {
  let scale = 1
  for (const [i, op] of by.slice(0, count).entries()) {
    const constant = context.input(3 + i)
    if (constant === undefined || countOf(constant.shape) !== 1)
      return refuseNode(context, 'expected the scores of an attention to be scaled by one number')
    const [number = NaN] = constant.values()
    scale *= op === 'Div' ? 1 / number : number
  }
  return scale
}

/** Throws for a mask that keeps a step from reading another. */
const checkMasks = (context: OnnxContext, by: readonly unknown[], from: number): void => {
  for (const [i, op] of by.entries()) {
    const mask = i < from ? undefined : context.input(3 + i)
    if (countOf(mask?.shape ?? []) > mostNumbers)
      refuseNode(context, `expected a mask of at most ${mostNumbers} numbers`)
    const isOpen = mask?.values().every((number) => (op === 'Where' ? number !== 0 : number === 0)) ?? true
    if (!isOpen)
      refuseNode(context, 'expected a mask that lets every step read every step; such as causal ones cannot be opened')
  }
}

/** The paths of queries, keys and values side by side; one layer where they are the thirds of one value. */
const sideBySide = (paths: readonly Part[], features: number): readonly Part[] => {
  const isThird = ({ layer: { spec } }: Part, i: number): boolean =>
    spec.type === 'slice' && spec['axis'] === 1 && spec['from'] === i * features && spec['size'] === features
  if (paths.every(isThird)) return []
  return [{ layer: concatenate(...paths.map(({ layer }) => layer)), params: () => paths.map((path) => path.params()) }]
}

/** Attention in heads, which lie side by side in our tensors: `[steps, heads · channels]`. */
export const attention: OnnxJoiner = (context): Joined => {
  const { config, values } = context
  const [q, k, v] = values
  // The operator of this name came after the opsets that are opened.
  if (valueAt(config, 'by') === undefined) return refuseNode(context, 'this operator cannot be opened')
  if (q === undefined || k === undefined || v === undefined || values.length !== 3)
    return refuseNode(context, 'expected the mask of an attention to be a constant; give the input that makes it a number with fixed')
  const all = [headsOf(q, false), headsOf(k, true), headsOf(v, false)]
  const [heads] = all.map(signOf)
  const rank = q.axes.length
  const isAlike = all.every((one) => signOf(one) === heads) && values.every((one) => one.axes.length === rank)
  const at = numberAt(config, 'axis', -1)
  const lead = all[0]?.lead.flat() ?? []
  if (!isAlike || !lead.includes(batch) || (at !== -1 && at !== rank - 1))
    return refuseNode(
      context,
      `expected self-attention over the steps, queries and values [N, heads, steps, channels] and keys with the last two turned, got ${values.map(shownSizes).join(', ')}`,
    )
  const by = itemsOf(valueAt(config, 'by') ?? [])
  const count = numberAt(config, 'scales', 0)
  const inHeads = (one: Axis): Axis => one.filter((factor) => factor !== batch)
  const placed = values.map((one, i) => {
    const { lead: outer = [], steps = [], channels = [] } = all[i] ?? {}
    return asGroups(context, [steps, [...inHeads(outer.flat()), ...channels]], one).value
  })
  const [channels, features] = [sizeOf(all[0]?.channels ?? []), placed[0]?.shape[1] ?? 1]
  const ratio = scaleOf(context, by, count) * Math.sqrt(channels)
  checkMasks(context, by, count)
  const scaling = Math.abs(ratio - 1) < 1e-5 ? [] : [plain(fixedAffine({ scale: [ratio] }))]
  const core = plain(dotProductAttention(features / channels))
  return {
    value: { ...(placed[0] ?? q), kind: 'computed' },
    join: (paths) => {
      const moved = paths.map((path, i) => after(path, values[i] ?? q, placed[i] ?? q))
      const [first, ...others] = moved
      const scaled = first === undefined || scaling.length === 0 ? moved : [inSeries([first, ...scaling]), ...others]
      return inSeries([...sideBySide(scaled, features), core])
    },
  }
} // prettier-ignore
