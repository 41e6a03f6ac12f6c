import { bytesIn, sha256 } from '@ptu/core'
import { countOf, type Dataset } from '@ptu/data'

/** Hexadecimal digits that are kept of a digest: 64 bits tell a billion examples apart. */
const digits = 16

/**
 * The first 16 hexadecimal digits of the SHA-256 of each example's numbers, without its label: equal examples have equal
 * digests, whatever their files are called.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(3, 7, 3), labels: Int32Array.of(0, 1, 1), classes: ['a', 'b'] }
 * const [first, second, third] = await exampleDigests(set)
 * expect([first === third, first === second]).toEqual([true, false])
 * ```
 */
export const exampleDigests = async (dataset: Dataset): Promise<readonly string[]> => {
  const count = countOf(dataset)
  const size = dataset.features.length / Math.max(1, count)
  const digests: string[] = []
  for (let i = 0; i < count; i++) {
    const row = dataset.features.subarray(i * size, (i + 1) * size)
    digests.push((await sha256(bytesIn(row))).slice(0, digits))
  }
  return digests
}
