/** Gates against the vulnerability and the conductance of the same channels. */
import { channelSums, conductance, foldedBlocks, rankCorrelation, riskGradient } from '@ptu/analysis'
import { Tree } from '@ptu/core'
import { toTensors } from '@ptu/data'
import { gateValues } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'

import { looked } from './plan.mjs'

const rounded = (value) => (Number.isFinite(value) ? Number(value.toFixed(4)) : null)

/** The channel of each number of a kernel: its last axis, or the one before it of a depthwise kernel. */
const channelIn = (shape, channels) => {
  const last = shape.at(-1)
  if (last === channels) return (i) => i % channels
  return shape.length === 4 && shape[2] === channels ? (i) => Math.floor(i / last) % channels : undefined
}

/** The units of each block's tree: each kernel with the vectors after it, as leaves with their places among all numbers. */
const unitsOf = (params) => {
  let at = 0
  return params.map((tree) => {
    const units = []
    for (const [, leaf] of Tree.entries(tree)) {
      if (leaf.rank >= 2) units.push([])
      units.at(-1)?.push({ shape: leaf.shape, size: leaf.size, at })
      at += leaf.size
    }
    return units
  })
}

/** The norm of the gradient of each channel: what a change of norm 1 of its parameters adds to the loss, to first order. */
const norms = (unit, gradient, channels) => {
  const sums = new Float64Array(channels)
  for (const { shape, size, at } of unit) {
    const channel = channelIn(shape, channels)
    if (channel === undefined) return undefined
    for (let i = 0; i < size; i++) sums[channel(i)] += gradient[at + i] ** 2
  }
  return sums.map(Math.sqrt)
}

/** The mean size of the conductance of each channel of a block's output, and the part of the change that it misses. */
const conducted = async (blocks, at, x, labels) => {
  const found = await conductance(blocks, { at, x, target: labels, nodes: looked.nodes })
  const { shape, values } = channelSums(found)
  const channels = shape.at(-1)
  const means = new Float64Array(channels)
  values.forEach((value, i) => (means[i % channels] += Math.abs(value) / shape[0]))
  const parts = found.residual.map((rest, i) => Math.abs(rest / found.change[i])).toSorted((a, b) => a - b)
  return { means, residual: parts[Math.floor(parts.length / 2)] }
}

/** The residual of each block and, for each unit with gates, the rank correlations over its channels. */
export const channelsOf = async (model, params, plain, risk, examples, normalisation) => {
  const gates = await gateValues(model, params)
  const { gradient } = await riskGradient(risk, plain.params)
  const [units, blocks] = [unitsOf(plain.params), foldedBlocks(plain)]
  const { x, y } = toTensors(examples, normalisation)
  const residuals = []
  const rows = []
  for (const [place, { name }] of plain.body.entries()) {
    const { means, residual } = await conducted(blocks, name, x, [...examples.labels])
    residuals.push({ block: name, residual: rounded(residual) })
    for (const { unit, update } of gates.filter(({ block }) => block === name)) {
      const own = units[place][unit] ?? []
      const vulnerable = update.length > 1 ? norms(own, gradient, update.length) : undefined
      const isLast = unit === units[place].length - 1 && means.length === update.length
      rows.push({
        ...{ block: name, unit, channels: update.length },
        gate: rounded(update.reduce((sum, u) => sum + u, 0) / update.length),
        vulnerability: vulnerable === undefined ? null : rounded(rankCorrelation(update, vulnerable)),
        conductance: isLast && update.length > 1 ? rounded(rankCorrelation(update, means)) : null,
      })
    }
  }
  disposeParams([x, y])
  return { residuals, gates: rows }
}
