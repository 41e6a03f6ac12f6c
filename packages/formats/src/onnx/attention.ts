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

/** Queries, keys or values. */
interface Operand {
  readonly value: Value
  readonly heads: Heads
}

/** Throws unless queries, keys and values are of one sequence, and the weights of a step are over all steps. */
const checkOperands = (context: OnnxContext, operands: readonly Operand[]): void => {
  const { config, value, values } = context
  const rank = value.axes.length
  const signs = new Set(operands.map(({ heads }) => signOf(heads)))
  const isAlike = signs.size === 1 && values.every(({ axes }) => axes.length === rank)
  const hasExamples = operands.some(({ heads }) => heads.lead.flat().includes(batch))
  if (!isAlike || !hasExamples || ![-1, rank - 1].includes(numberAt(config, 'axis', -1)))
    refuseNode(
      context,
      `expected self-attention over the steps, queries and values [N, heads, steps, channels] and keys with the last two turned, got ${values.map(shownSizes).join(', ')}`,
    )
}

/** An operand as our tensor, `[steps, heads · channels]`. */
const inRows = (context: OnnxContext, { value, heads: { lead, steps, channels } }: Operand): Value => {
  const outer = lead.flat().filter((factor) => factor !== batch)
  return asGroups(context, [steps, [...outer, ...channels]], value).value
}

/** The layer that scales queries by what the scores are scaled by beside `1 / √channels`. */
const scalingOf = (scale: number, channels: number): readonly Part[] => {
  const ratio = scale * Math.sqrt(channels)
  return Math.abs(ratio - 1) < 1e-5 ? [] : [plain(fixedAffine({ scale: [ratio] }))]
}

/** The paths, of which the first goes on through layers. */
const withFirst = (paths: readonly Part[], layers: readonly Part[]): readonly Part[] =>
  paths.map((path, i) => (i === 0 && layers.length > 0 ? inSeries([path, ...layers]) : path))

/** Attention in heads, which lie side by side in our tensors: `[steps, heads · channels]`. */
export const attention: OnnxJoiner = (context): Joined => {
  const { config, values, value } = context
  // The operator of this name came after the opsets that are opened.
  if (valueAt(config, 'by') === undefined) return refuseNode(context, 'this operator cannot be opened')
  if (values.length !== 3)
    return refuseNode(context, 'expected the mask of an attention to be a constant; give the input that makes it a number with fixed')
  const operands = values.map((one, i): Operand => ({ value: one, heads: headsOf(one, i === 1) }))
  checkOperands(context, operands)
  const placed = operands.map((operand) => inRows(context, operand))
  const [rows = value] = placed
  const [channels, features = 1] = [sizeOf(operands[0]?.heads.channels ?? []), rows.shape[1]]
  const by = itemsOf(valueAt(config, 'by') ?? [])
  const count = numberAt(config, 'scales', 0)
  const scaling = scalingOf(scaleOf(context, by, count), channels)
  checkMasks(context, by, count)
  const core = plain(dotProductAttention(features / channels))
  return {
    value: { ...rows, kind: 'computed' },
    join: (paths) => {
      const moved = paths.map((path, i) => after(path, values[i] ?? value, placed[i] ?? value))
      return inSeries([...sideBySide(withFirst(moved, scaling), features), core])
    },
  }
} // prettier-ignore
