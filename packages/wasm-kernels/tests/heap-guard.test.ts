import { engine } from '@tensorflow/tfjs-core'
import { beforeAll, expect, it } from 'vitest'
import { openHeap } from '../src/heap.ts'
import { startKernels } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

it.each([-1, 64])('the canaries of these tests notice a number written at byte %i of 64', (offset) => {
  const heap = openHeap(engine().backend)
  const write = (): void => {
    const x = heap.allocate([16], 'float32')
    new Uint8Array(heap.memory.buffer)[heap.address(x) + offset] = 1
    heap.release(x)
  }
  expect(write).toThrow('Written past 64 bytes')
})
