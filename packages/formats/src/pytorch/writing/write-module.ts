import { Tree } from '@ptu/core'
import { disposeParams, type ParamTree, type Shape } from '@ptu/tensor'

import { ExportError } from '../../export-error.ts'
import { countOf } from '../../stored-tensor.ts'
import type { WrittenTensor } from '../../written-tensor.ts'
import type { TracedModule } from './traced-module.ts'

/** A layer's module, the function that makes the layer's parameters from it, and the parameters that it is to make. */
export interface WrittenLayer {
  readonly module: TracedModule
  readonly make: () => ParamTree
  readonly params: ParamTree
  readonly epsilon: number
}

/** Places are told in digits of this base, which numbers of 32 bits hold exactly. */
const base = 2 ** 23

/**
 * The tensors of a module from which a layer's parameters are made: the table that reads modules is read backwards.
 *
 * Every number of a tensor is set to its own place in it, all others to nothing, and the layer is made: where a place
 * comes out, that number goes. Numbers that add up, such as the two biases of an LSTM, are all in the first. Statistics of
 * batch normalisation are those that change nothing. The result is read once more: if the layer's parameters do not come
 * out, within rounding, it throws `ExportError`.
 */
export const writeModule = async (layer: WrittenLayer): Promise<readonly WrittenTensor[]> => {
  const wanted = await valuesOf(layer.params)
  const taken = wanted.map((values) => new Uint8Array(values.length))
  const written = new Map<string, Float32Array>()
  for (const [name, shape] of layer.module.shapes) {
    const neutral = neutralOf(name, layer.epsilon)
    const values = new Float32Array(countOf(shape)).fill(neutral)
    if (neutral === 0) moved(await placesOf(layer, name, shape), { wanted, taken, values })
    written.set(name, values)
  }
  await check(layer, written, wanted)
  return [...layer.module.shapes].flatMap(([name, shape]) => [
    { name, shape, values: written.get(name) ?? new Float32Array(countOf(shape)) },
    ...(name.endsWith('.running_var') ? [counterFor(name)] : []),
  ])
}

/** The variance with which `√(variance + ε)` is 1; 0 for tensors that are no variance. */
const neutralOf = (name: string, epsilon: number): number => (name.endsWith('running_var') ? 1 - epsilon : 0)

const counterFor = (name: string): WrittenTensor => ({
  ...{ name: name.replace(/running_var$/, 'num_batches_tracked'), shape: [], values: new BigInt64Array(1) },
})

/** The numbers of each parameter. */
const valuesOf = async (params: ParamTree): Promise<readonly Float32Array[]> => {
  const found: Float32Array[] = []
  for (const leaf of Tree.leaves(params)) found.push(Float32Array.from(await leaf.data()))
  return found
}

const made = async ({ make }: WrittenLayer): Promise<readonly Float32Array[]> => {
  const params = make()
  try {
    return await valuesOf(params)
  } finally {
    disposeParams(params)
  }
}

/** For each number of each parameter the place in a tensor that it comes from, counted from 1; 0 if from elsewhere. */
const placesOf = async (layer: WrittenLayer, name: string, shape: Shape): Promise<readonly Float64Array[]> => {
  const digit = async (of: (place: number) => number): Promise<readonly Float32Array[]> => {
    layer.module.give((tensor, count) => {
      const values = new Float32Array(count).fill(neutralOf(tensor, layer.epsilon))
      if (tensor === name) for (let place = 0; place < count; place++) values[place] = of(place)
      return values
    })
    return made(layer)
  }
  const low = await digit((place) => (place % base) + 1)
  const high = countOf(shape) > base ? await digit((place) => Math.floor(place / base) + 1) : undefined
  return low.map((digits, leaf) => {
    const places = new Float64Array(digits.length)
    for (let i = 0; i < places.length; i++)
      places[i] = Math.round(digits[i] ?? 0) + (Math.round(high?.[leaf]?.[i] ?? 1) - 1) * base
    return places
  })
}

interface Moving {
  readonly wanted: readonly Float32Array[]
  /** The numbers that are in a tensor already. */
  readonly taken: readonly Uint8Array[]
  readonly values: Float32Array
}

const moved = (places: readonly Float64Array[], { wanted, taken, values }: Moving): void => {
  for (const [leaf, numbers] of wanted.entries()) {
    const [from, done] = [places[leaf], taken[leaf]]
    if (from === undefined || done === undefined) continue
    for (let i = 0; i < numbers.length; i++) {
      const place = from[i] ?? 0
      if (place < 1 || done[i] === 1) continue
      values[place - 1] = numbers[i] ?? 0
      done[i] = 1
    }
  }
}

const check = async (
  layer: WrittenLayer,
  written: ReadonlyMap<string, Float32Array>,
  wanted: readonly Float32Array[],
): Promise<void> => {
  layer.module.give((name, count) => written.get(name) ?? new Float32Array(count))
  const found = await made(layer)
  const isSame = wanted.every(
    (numbers, leaf) =>
      numbers.length === found[leaf]?.length &&
      numbers.every(
        (number, i) => Math.abs(number - (found[leaf]?.[i] ?? NaN)) <= 1e-6 * Math.max(1, Math.abs(number)),
      ),
  )
  if (!isSame)
    throw new ExportError(
      `${[...layer.module.shapes.keys()].join(', ')}: expected parameters that a module of PyTorch can hold; export with --to layers or --to onnx`,
    )
}
