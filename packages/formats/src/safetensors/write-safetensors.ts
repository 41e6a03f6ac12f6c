import { bytesOfNumbers, type WrittenTensor } from '../written-tensor.ts'

/**
 * The bytes of a safetensors file with texts as its metadata. Equal tensors give equal bytes.
 *
 * @example
 * ```ts
 * const bytes = encodeSafetensors([{ name: 'fc.bias', shape: [2], values: Float32Array.of(1, 2) }], { labels: '["a","b"]' })
 * const listed = listTensors({ name: 'model.safetensors', bytes })
 * expect(E.isRight(listed) && listed.right.tensors[0]?.values()).toEqual(Float32Array.of(1, 2))
 * ```
 *
 * References:
 *   Hugging Face, "Safetensors", format description, https://github.com/huggingface/safetensors
 */
export const encodeSafetensors = (
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  // Wider numbers first, so that each lies at a multiple of its size.
  const ordered = [...tensors].toSorted((a, b) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT)
  let end = 0
  const entries = ordered.map(({ name, shape, values }) => {
    const begin = end
    end += values.byteLength
    const dtype = values instanceof Float32Array ? 'F32' : 'I64'
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const
  })
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  const start = 8 + Math.ceil(header.length / 8) * 8
  const bytes = new Uint8Array(start + end).fill(0x20, 8 + header.length, start)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true)
  bytes.set(header, 8)
  ordered.reduce((at, { values }) => {
    bytes.set(bytesOfNumbers(values), at)
    return at + values.byteLength
  }, start)
  return bytes
}
