import { zipSync, type Zippable } from 'fflate'

import { contiguous, countOf } from '../stored-tensor.ts'
import { bytesOfNumbers, type WrittenTensor } from '../written-tensor.ts'
import { encodePickle, type Item } from './writing/pickle-writer.ts'

/**
 * The bytes of a `.pth` file that `torch.load(path, weights_only=True)` opens: the zip container of PyTorch since 1.6 with
 * an `OrderedDict` of tensors. Equal tensors give equal bytes.
 *
 * @example
 * ```ts
 * const bytes = encodePyTorch([{ name: 'fc.bias', shape: [2], values: Float32Array.of(1, 2) }])
 * const listed = listTensors({ name: 'model.pth', bytes })
 * expect(E.isRight(listed) && listed.right.tensors[0]?.values()).toEqual(Float32Array.of(1, 2))
 * ```
 *
 * References:
 *   PyTorch, "Serialization semantics", file format, https://pytorch.org/docs/stable/notes/serialization.html
 */
export const encodePyTorch = (tensors: readonly WrittenTensor[]): Uint8Array => {
  const items = tensors.map((tensor, i) => itemOf(tensor, String(i)))
  const dictionary = { call: { global: ['collections', 'OrderedDict'] as const }, args: [], items }
  const members: Zippable = {
    'model/data.pkl': encodePickle(dictionary),
    'model/byteorder': new TextEncoder().encode('little'),
    ...Object.fromEntries(tensors.map(({ values }, i) => [`model/data/${i}`, bytesOfNumbers(values)])),
    'model/version': new TextEncoder().encode('3\n'),
  }
  // The first date that an archive can hold, so that the bytes do not depend on the day.
  return zipSync(members, { level: 0, mtime: new Date(1980, 0, 1) })
}

const itemOf = ({ name, shape, values }: WrittenTensor, key: string): Item => {
  const type = values instanceof Float32Array ? 'FloatStorage' : 'LongStorage'
  const storage = { outside: { tuple: ['storage', { global: ['torch', type] as const }, key, 'cpu', countOf(shape)] } }
  const hooks = { call: { global: ['collections', 'OrderedDict'] as const }, args: [] }
  const args = [storage, 0, { tuple: shape }, { tuple: contiguous(shape) }, false, hooks]
  return [name, { call: { global: ['torch._utils', '_rebuild_tensor_v2'] }, args }]
}
