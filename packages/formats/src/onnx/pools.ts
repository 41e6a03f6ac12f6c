import {
  averagePool,
  averagePool1d,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  maxPool1d,
  meanOverTime,
  zeroPad2d,
  type Extent,
  type Layer,
  type PoolOptions,
} from '@ptu/layers'

import { checkOnly, numberAt } from '../layers-model/fields.ts'
import { plain, type Part } from '../layers-model/part.ts'
import {
  asGroups,
  asMap,
  mapValue,
  refuseNode,
  type OnnxContext,
  type OnnxTranslator,
  type Translated,
} from './context.ts'
import { axesOf, listOf } from './folding.ts'
import { ceiled, extentOf, paddingOf, windowOf, type OnnxWindow } from './windows.ts'
import { axesInMemory, batchAxis, type Value } from './value.ts'

type Pool = (size: Extent, options: PoolOptions) => Layer

const checkDense = (context: OnnxContext, { dilation }: OnnxWindow): void => {
  if (dilation.some((one) => one !== 1)) refuseNode(context, `expected dilations of 1, got ${dilation.join(' and ')}`)
}

/** The layers of a pool; zeros that count are added by a layer of their own. */
const layersOf = (
  context: OnnxContext,
  pool: Pool,
  window: OnnxWindow,
  counted: OnnxWindow | undefined,
): readonly Layer[] => {
  const [size, stride] = [extentOf(window.size), extentOf(window.stride)]
  checkDense(context, window)
  if (counted === undefined) return [pool(size, { stride, padding: paddingOf(window) })]
  const [[top, bottom] = [0, 0], [left, right] = [0, 0]] = counted.pads
  // What ceil_mode adds after the padding is not counted.
  const rest = window.pads.map(([, after], axis) => [0, after - (counted.pads[axis]?.[1] ?? 0)] as const)
  return [zeroPad2d([[top, bottom], [left, right]]), pool(size, { stride, padding: paddingOf({ pads: rest }) })] // prettier-ignore
}

/** Pools over steps know no padding of numbers: they are pools over maps of width 1. */
const overSteps = (context: OnnxContext, isMaximum: boolean, window: OnnxWindow): readonly Layer[] => {
  const [size, stride] = [window.size[0] ?? 1, window.stride[0] ?? 1]
  const [[before, after] = [0, 0]] = window.pads
  checkDense(context, window)
  if (before !== 0 || after !== 0) return refuseNode(context, 'expected no padding over steps')
  return [(isMaximum ? maxPool1d : averagePool1d)(size, { stride })]
}

const pool =
  (isMaximum: boolean): OnnxTranslator =>
  (context) => {
    const { config } = context
    const { parts, value } = asMap(context)
    checkOnly(config, 'storage_order', [0])
    checkOnly(config, 'count_include_pad', [0, 1])
    const lengths = value.shape.slice(0, -1)
    const plainWindow = windowOf(config, lengths, undefined)
    const window = ceiled(config, plainWindow, lengths)
    const isPadded = plainWindow.pads.flat().some((side) => side > 0)
    const counts = !isMaximum && isPadded && numberAt(config, 'count_include_pad', 0) === 1
    const layers =
      lengths.length === 1
        ? overSteps(context, isMaximum, window)
        : layersOf(context, isMaximum ? maxPool : averagePool, window, counts ? plainWindow : undefined)
    return { parts: [...parts, ...layers.map(plain)], value: mapValue(layers, value.shape) }
  }

/** A value without the places of some axes, which stay with size 1 or go. */
const without = (value: Value, axes: readonly number[], keeps: boolean): Value['axes'] =>
  value.axes.flatMap((factors, axis) => (axes.includes(axis) ? (keeps ? [[]] : []) : [factors]))

/** The mean or the maximum over all places of some axes; the one axis that is left is the channels. */
const reduced = (
  context: OnnxContext,
  value: Value,
  axes: readonly number[],
  keeps: boolean,
  isMaximum = false,
): Translated => {
  const inMemory = axesInMemory(value)
  const gone = inMemory.filter((axis) => axes.includes(axis))
  const left = inMemory.filter((axis) => !axes.includes(axis))
  if (axes.includes(batchAxis(value)) || left.length > 1 || gone.length > 2)
    return refuseNode(context, 'expected it to run over all places of a map or over the steps of a sequence')
  const channels = left.flatMap((axis) => value.axes[axis] ?? [])
  const groups = gone.map((axis) => value.axes[axis] ?? [])
  const shaped = asGroups(context, [...groups, channels], value)
  const result: Value = { ...value, axes: without(value, axes, keeps), order: channels, kind: 'computed' }
  const whole = { ...result, shape: shaped.value.shape.slice(-1) }
  if (gone.length === 0) return { parts: shaped.parts, value: whole }
  if (gone.length === 1 && isMaximum) return refuseNode(context, 'expected a maximum over a map, it is over steps')
  const layer: Layer = gone.length === 1 ? meanOverTime() : isMaximum ? globalMaxPool : globalAveragePool
  const parts: readonly Part[] = [...shaped.parts, plain(layer)]
  return { parts, value: whole }
}

const overAll =
  (isMaximum: boolean): OnnxTranslator =>
  (context) =>
    reduced(context, context.value, context.value.axes.map((_, axis) => axis).slice(2), true, isMaximum)

const overAxes =
  (isMaximum: boolean): OnnxTranslator =>
  (context) => {
    const { config, value } = context
    const found = listOf(context, 'axes', 1) ?? []
    if (found.length === 0 && numberAt(config, 'noop_with_empty_axes', 0) === 1) return { parts: [], value }
    const all = value.axes.map((_, axis) => axis)
    const axes = found.length === 0 ? all : axesOf(found, all.length, config)
    return reduced(context, value, axes, numberAt(config, 'keepdims', 1) === 1, isMaximum)
  }

/** Translators of poolings. */
export const pools: Readonly<Record<string, OnnxTranslator>> = {
  AveragePool: pool(false),
  GlobalAveragePool: overAll(false),
  GlobalMaxPool: overAll(true),
  MaxPool: pool(true),
  ReduceMax: overAxes(true),
  ReduceMean: overAxes(false),
}
