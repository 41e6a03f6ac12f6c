import { getBackend, zeros, type Tensor } from '@tensorflow/tfjs-core'
import { readConfigureGlobal } from 'fast-check'
import { afterAll, expect, it } from 'vitest'

const left: Tensor[] = []

afterAll(() => {
  for (const tensor of left) tensor.dispose()
})

it('starts on the CPU with pinned seeds', () => {
  expect(getBackend()).toBe('cpu')
  expect(readConfigureGlobal()).toMatchObject({ seed: 1 })
})

it.fails('fails a test that leaves a tensor behind', () => {
  left.push(zeros([1]))
})

it('passes the next one, which leaves nothing', () => {
  zeros([1]).dispose()
})

it.fails('fails a test that frees what it did not make', () => {
  left.pop()?.dispose()
})
