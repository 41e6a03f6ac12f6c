import { scalar, setBackend, tensor, tensor2d, type Tensor } from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { useBackend } from './backend.ts'
import { copied, peek, scope } from './index.ts'

const seen = (x: Tensor): number[] => {
  let found: number[] = []
  peek(x, (numbers) => (found = [...numbers]))
  return found
}

beforeAll(async () => {
  await useBackend('wasm')()
})
afterEach(() => setBackend('wasm'))

describe.each(['wasm', 'cpu'])('numbers on %s', (backend) => {
  it('are read as they are', async () => {
    await setBackend(backend)
    scope(() => {
      expect(seen(tensor2d([[1, 2.5, -3]]))).toEqual([1, 2.5, -3])
      expect(seen(scalar(7))).toEqual([7])
      expect(() => seen(tensor([1], [1], 'int32'))).toThrow('expected a tensor of float32, got int32')
    })
  })

  it('are copied into a tensor that does not change with them', async () => {
    await setBackend(backend)
    scope(() => {
      const numbers = Float32Array.of(0, 1, 2, 3, 4, 5)
      const x = copied(numbers.subarray(2), [2, 2])
      numbers.fill(9)
      expect(x.shape).toEqual([2, 2])
      expect([...x.dataSync()]).toEqual([2, 3, 4, 5])
    })
  })
})

describe('numbers in the memory of the WASM backend', () => {
  it('are brought from another backend', async () => {
    await setBackend('cpu')
    const x = tensor([4, 5])
    await setBackend('wasm')
    expect(seen(x)).toEqual([4, 5])
    x.dispose()
  })

  it('are not copied, and are found again when the memory has grown', () => {
    scope(() => {
      const x = tensor([4, 5])
      let before: Float32Array = new Float32Array(0)
      peek(x, (numbers) => (before = numbers))
      expect(before.buffer.byteLength).toBeGreaterThan(8)
      tensor(new Float32Array(2 ** 26))
      expect(before.length).toBe(0)
      expect(seen(x)).toEqual([4, 5])
    })
  })
})
