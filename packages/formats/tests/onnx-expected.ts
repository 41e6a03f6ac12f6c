import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import type { Tensor } from '@tensorflow/tfjs-core'
import { expect } from 'vitest'

import { onnxCases, type OnnxCase } from './onnx-files.ts'

/** A case by its name. */
export const caseOf = (name: string): OnnxCase => {
  const found = onnxCases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no case of ${name}`)
  return found
}

/** The last activation of a network. */
export const lastOf = (source: SourceNetwork<OpenBlock>, x: Tensor): Tensor => {
  const last = source.activations(x).at(-1)
  if (last === undefined) throw new Error('no blocks')
  return last
}

/** Expects the numbers of a tensor, whatever its shape, to be these within 1e-4 of the largest. */
export const expectNumbers = (found: Tensor, wanted: readonly number[]): void => {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(found.size).toBe(wanted.length)
  expect(found.flatten()).toBeAllClose([...wanted], { absolute: 1e-5 * largest, relative: 1e-4 })
}
