import { engine, tensor, type Tensor } from '@tensorflow/tfjs-core'
import { type MixedSequenceAttrs } from '../src/fused/mixed-sequence.ts'
import { noise, sizeOf, type Numbers } from './support.ts'

/** Sizes, attributes and a seed that make the inputs of a mixed sequence. */
export interface Case {
  readonly sizes: readonly [batch: number, steps: number, features: number, units: number]
  readonly attrs: MixedSequenceAttrs
  /** The gates that differ from example to example. */
  readonly perExample: readonly [update: boolean, fineTune: boolean]
  readonly seed: number
}

/** The number of gates of a cell. */
export const gatesOf = ({ cell }: MixedSequenceAttrs): number => (cell === 'gru' ? 3 : 4)

/** Numbers from 0 to 1, half of them 0 or 1 as draws are. */
const open = (shape: readonly number[], seed: number): Numbers => {
  const { values } = noise(shape, seed)
  return { shape, values: values.map((value) => Math.min(Math.max(0.5 + value, 0), 1)) }
}

const scaled = (shape: readonly number[], seed: number): Numbers => {
  const { values } = noise(shape, seed)
  return { shape, values: values.map((value) => 0.5 * value) }
}

/** Sequences that begin or end with as many steps of padding as the number of the example, fewer than all. */
const padded = ([batch, steps, features]: Case['sizes'], seed: number): Numbers => {
  const shape = [batch, steps, features]
  const { values } = noise(shape, seed)
  const isReal = (example: number, step: number): boolean => {
    const count = example % steps
    return example % 2 === 0 ? step < steps - count : step >= count
  }
  const at = (i: number): boolean => isReal(Math.floor(i / (steps * features)), Math.floor(i / features) % steps)
  return { shape, values: values.map((value, i) => (at(i) ? value + Math.sign(value) : 0)) }
}

/** One number everywhere. */
export const constant = (shape: readonly number[], value: number): Numbers => ({
  shape,
  values: new Float32Array(sizeOf(shape)).fill(value),
})

/** All inputs, with gates made by `gate`. */
export const inputsOf = (
  c: Case,
  gate: (shape: readonly number[], seed: number) => Numbers = open,
): readonly Numbers[] => {
  const { sizes, attrs, perExample, seed } = c
  const [batch, steps, features, units] = sizes
  const width = gatesOf(attrs) * units
  const shapeOf = (own: boolean): readonly number[] => (own ? [batch, 1, units] : [units])
  const params = (from: number): readonly Numbers[] => [
    scaled([features, width], seed + from),
    scaled([units, width], seed + from + 1),
    scaled([width], seed + from + 2),
    ...(attrs.cell === 'gru' ? [scaled([width], seed + from + 3)] : []),
  ]
  const states = units * (attrs.mixed === 'all-states' ? 2 : 1)
  return [
    attrs.masked ? padded(sizes, seed) : noise([batch, steps, features], seed),
    gate(shapeOf(perExample[0]), seed + 1),
    ...(attrs.branches === 3 ? [gate(shapeOf(perExample[1]), seed + 2)] : []),
    ...(attrs.given ? [noise([batch, steps, states], seed + 3)] : params(10)),
    ...params(20),
    ...(attrs.branches === 3 ? params(30) : []),
  ]
}

/** The numbers as a tensor. */
export const toTensor = ({ shape, values }: Numbers): Tensor => tensor(values, [...shape])

/** The sequence by the kernel. */
export const fused = ({ attrs }: Case, inputs: readonly Tensor[]): Tensor => {
  const [y] = engine().runKernel('PtuMixedSequence', inputs as never, attrs as never) as unknown as [Tensor]
  return y
}
