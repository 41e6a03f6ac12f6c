import type { TransposeAttrs } from '@tensorflow/tfjs-core'
import { asKernel, callStock, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** A transposition with axes of size 1 left out and neighbours that stay neighbours joined. */
interface Reduced {
  readonly shape: readonly number[]
  readonly perm: readonly number[]
}

/** Groups of input axes that appear next to each other and in order in `perm`. */
const groups = (perm: readonly number[]): readonly (readonly number[])[] =>
  perm.reduce<readonly (readonly number[])[]>((found, axis) => {
    const last = found.at(-1)
    return last?.at(-1) === axis - 1 ? [...found.slice(0, -1), [...last, axis]] : [...found, [axis]]
  }, [])

const reduce = (shape: readonly number[], perm: readonly number[]): Reduced => {
  const kept = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]))
  const joined = groups(perm.filter((axis) => shape[axis] !== 1).map((axis) => kept.indexOf(axis)))
  const order = joined.map((_, i) => i).sort((a, b) => (joined[a]?.[0] ?? 0) - (joined[b]?.[0] ?? 0))
  const sizeOf = (group: readonly number[]): number => product(group.map((axis) => shape[kept[axis] ?? 0] ?? 1))
  return {
    shape: order.map((i) => sizeOf(joined[i] ?? [])),
    perm: joined.map((_, i) => order.indexOf(i)),
  }
}

/** The copy that exchanges a matrix's axes, a stack of matrices' last axes or a matrix of runs' first; else undefined. */
const plan = ({ wasm }: Native, { shape, perm }: Reduced): ((x: number, y: number) => void) | undefined => {
  const [a = 1, b = 1, c = 1] = shape
  const plans: Readonly<Record<string, (x: number, y: number) => void>> = {
    '1,0': (x, y) => {
      wasm.transpose(a, b, x, y)
    },
    '0,2,1': (x, y) => {
      for (let i = 0; i < a; i++) wasm.transpose(b, c, x + 4 * i * b * c, y + 4 * i * b * c)
    },
    '1,0,2': (x, y) => {
      wasm.copyPlanes(x, y, a, b, c, b * c, c, c, a * c)
    },
  }
  return plans[perm.join(',')]
}

/** Transpositions of 4-byte numbers that amount to exchanging two neighbouring groups of axes. */
export const transposeKernels = (native: Native): KernelTable => ({
  Transpose: (stock) =>
    asKernel<Inputs<'x'>, TransposeAttrs>((call) => {
      const { x } = call.inputs
      const { heap } = native
      const shape = call.attrs.perm.map((axis) => x.shape[axis] ?? 1)
      const reduced = reduce(x.shape, call.attrs.perm)
      if (reduced.perm.length <= 1 && x.dtype !== 'string') return heap.share(x, shape)
      const copy = x.dtype === 'float32' || x.dtype === 'int32' ? plan(native, reduced) : undefined
      if (copy === undefined) return callStock('Transpose', stock, call)
      const out = heap.allocate(shape, x.dtype)
      copy(heap.address(x), heap.address(out))
      return out
    }),
})
