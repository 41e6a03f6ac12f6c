import { setEnvironmentData } from 'node:worker_threads'
import { afterEach, expect, it } from 'vitest'

import { meetNames, attributeNames } from './native-names.ts'
import { oneAtATime } from './one-at-a-time.ts'

const memory = 'ptu: one at a time'

afterEach(() => {
  setEnvironmentData(memory, undefined)
})

it('holds the turn while the action runs, and gives it back also where it fails', async () => {
  const turn = new Int32Array(new SharedArrayBuffer(4))
  setEnvironmentData(memory, turn.buffer)
  expect(await oneAtATime(() => Promise.resolve(Atomics.load(turn, 0)))).toBe(1)
  expect(Atomics.load(turn, 0)).toBe(0)
  await expect(oneAtATime(() => Promise.reject(new Error('no library')))).rejects.toThrow('no library')
  expect(Atomics.load(turn, 0)).toBe(0)
})

it('waits for nobody where threads share no memory', async () => {
  expect(await oneAtATime(() => Promise.resolve(7))).toBe(7)
})

it('makes the binding meet every name, and nothing run', () => {
  const met: string[] = []
  // As tfjs-node does it: names one by one, up to the first of an unknown type.
  const executeOp = (_name: string, attributes: readonly { readonly name: string; readonly type: number }[]): void => {
    for (const { name, type } of attributes) {
      if (type !== 1) throw new Error('Unhandled TF_ATTR type')
      met.push(name)
    }
    throw new Error('expected an attribute of an unknown type, so that nothing runs')
  }
  meetNames({ binding: { TF_ATTR_BOOL: 1, executeOp } })
  expect(met).toEqual(attributeNames)
  expect(new Set(met).size).toBe(met.length)
  expect(met).toEqual(expect.arrayContaining(['T', 'dtype', 'transpose_a', 'keep_dims', 'shared_name', 'use_locking']))
})

it('does nothing on a backend without a binding', () => {
  expect(() => {
    meetNames({})
  }).not.toThrow()
})
