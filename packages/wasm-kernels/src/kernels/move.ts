import {
  backend_util,
  slice_util,
  util,
  type CastAttrs,
  type ConcatAttrs,
  type KernelFunc,
  type SliceAttrs,
  type SplitVAttrs,
  type TensorInfo,
  type UnpackAttrs,
} from '@tensorflow/tfjs-core'
import { asKernel, callStock, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** One axis of a slice: its full size, the place where the slice begins, and the slice's size. */
interface Cut {
  readonly size: number
  readonly begin: number
  readonly take: number
}

const WHOLE: Cut = { size: 1, begin: 0, take: 1 }

/** Joins axes of which the inner one is taken whole; this leaves the longest contiguous runs. */
const joinCuts = (cuts: readonly Cut[]): readonly Cut[] =>
  cuts.reduceRight<readonly Cut[]>((joined, { size, begin, take }) => {
    const [inner, ...rest] = joined
    if (inner === undefined || inner.take !== inner.size) return [{ size, begin, take }, ...joined]
    return [{ size: size * inner.size, begin: begin * inner.size, take: take * inner.size }, ...rest]
  }, [])

/** Flat offsets of the blocks of the outer axes; `unit` is the size of a block. */
const blockOffsets = (outer: readonly Cut[], unit: number): readonly number[] =>
  outer.reduceRight<{ readonly offsets: readonly number[]; readonly unit: number }>(
    ({ offsets, unit: stride }, { size, begin, take }) => ({
      offsets: Array.from({ length: take }, (_, i) => offsets.map((offset) => (begin + i) * stride + offset)).flat(),
      unit: stride * size,
    }),
    { offsets: [0], unit },
  ).offsets

const isWord = ({ dtype }: TensorInfo): boolean => dtype === 'float32' || dtype === 'int32'

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.every((size, axis) => size === b[axis])

/** Copies the part of `x` from `begin` of `size`, reading nothing else of it. */
const slice = (
  { heap, wasm }: Native,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo => {
  if (isSame(x.shape, size)) return heap.share(x, size)
  const out = heap.allocate(size, x.dtype)
  const joined = joinCuts(x.shape.map((full, axis) => ({ size: full, begin: begin[axis] ?? 0, take: size[axis] ?? 1 })))
  const padded = [WHOLE, WHOLE, ...joined]
  const [plane = WHOLE, row = WHOLE, run = WHOLE] = padded.slice(-3)
  const sourcePlane = row.size * run.size
  const first = plane.begin * sourcePlane + row.begin * run.size + run.begin
  const block = plane.take * row.take * run.take
  blockOffsets(padded.slice(0, -3), plane.size * sourcePlane).forEach((offset, i) => {
    wasm.copyPlanes(
      heap.address(x) + 4 * (offset + first),
      heap.address(out) + 4 * i * block,
      plane.take,
      row.take,
      run.take,
      sourcePlane,
      run.size,
      row.take * run.take,
      run.take,
    )
  })
  return out
}

/** The pieces of `x` of the given sizes along an axis, in order. */
const pieces = (native: Native, x: TensorInfo, sizes: readonly number[], axis: number): TensorInfo[] => {
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))
  return sizes.map((size, i) =>
    slice(
      native,
      x,
      x.shape.map((_, a) => (a === axis ? (starts[i] ?? 0) : 0)),
      x.shape.map((full, a) => (a === axis ? size : full)),
    ),
  )
}

const concat = ({ heap, wasm }: Native, tensors: readonly TensorInfo[], axis: number): TensorInfo => {
  const shape = backend_util.computeOutShape(
    tensors.map((tensor) => tensor.shape),
    axis,
  )
  const filled = tensors.filter((tensor) => product(tensor.shape) > 0)
  const [only] = filled
  if (filled.length === 1 && only !== undefined) return heap.share(only, shape)
  const out = heap.allocate(shape, tensors[0]?.dtype ?? 'float32')
  const rows = product(shape.slice(0, axis))
  const stride = product(shape.slice(axis))
  filled.reduce((start, tensor) => {
    const length = product(tensor.shape.slice(axis))
    wasm.copyPlanes(heap.address(tensor), heap.address(out) + 4 * start, 1, rows, length, 0, length, 0, stride)
    return start + length
  }, 0)
  return out
}

/** Shares a tensor under its own shape where `condition` holds, else calls the stock kernel. */
const shareWhere =
  (
    name: string,
    native: Native,
    condition: (x: TensorInfo, attrs: CastAttrs) => boolean,
  ): ((stock: KernelFunc | undefined) => KernelFunc) =>
  (stock) =>
    asKernel<Inputs<'x'>, CastAttrs>((call) => {
      const { x } = call.inputs
      return condition(x, call.attrs) ? native.heap.share(x, x.shape) : callStock(name, stock, call)
    })

/** Slices, splits, joins and copies that read and write only what they return, or nothing if numbers can be shared. */
export const moveKernels = (native: Native): KernelTable => ({
  Identity: shareWhere('Identity', native, (x) => x.dtype !== 'string'),
  Cast: shareWhere('Cast', native, (x, attrs) => x.dtype === attrs.dtype && x.dtype !== 'string'),
  Slice: (stock) =>
    asKernel<Inputs<'x'>, SliceAttrs>((call) => {
      const { x } = call.inputs
      if (!isWord(x)) return callStock('Slice', stock, call)
      const [begin = [], size = []] = slice_util.parseSliceParams(x, call.attrs.begin, call.attrs.size)
      slice_util.assertParamsValid(x, begin, size)
      return slice(native, x, begin, size)
    }),
  SplitV: (stock) =>
    asKernel<Inputs<'x'>, SplitVAttrs>((call) => {
      const { x } = call.inputs
      if (!isWord(x)) return callStock('SplitV', stock, call)
      const axis = util.parseAxisParam(call.attrs.axis, x.shape)[0] ?? 0
      const sizes = backend_util.prepareSplitSize({ shape: x.shape } as never, call.attrs.numOrSizeSplits, axis)
      return pieces(native, x, sizes, axis)
    }),
  Unpack: (stock) =>
    asKernel<Inputs<'value'>, UnpackAttrs>((call) => {
      const { value } = call.inputs
      if (!isWord(value)) return callStock('Unpack', stock, call)
      const axis = util.parseAxisParam(call.attrs.axis, value.shape)[0] ?? 0
      const shape = value.shape.filter((_, a) => a !== axis)
      const ones = Array.from({ length: value.shape[axis] ?? 0 }, () => 1)
      return pieces(native, value, ones, axis).map(({ dataId, dtype }) => ({ dataId, dtype, shape }))
    }),
  Concat: (stock) =>
    asKernel<readonly TensorInfo[], ConcatAttrs>((call) => {
      const tensors = Object.values(call.inputs)
      if (!tensors.every(isWord)) return callStock('Concat', stock, call)
      const axis = util.parseAxisParam(call.attrs.axis, tensors[0]?.shape ?? [])[0] ?? 0
      backend_util.assertParamsConsistent(
        tensors.map((tensor) => tensor.shape),
        axis,
      )
      return concat(native, tensors, axis)
    }),
})
