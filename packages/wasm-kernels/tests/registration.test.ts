import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { engine, getKernel, getKernelsForBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { supportedInstructions } from '../src/binary.ts'
import { missingParts } from '../src/heap.ts'
import { registerTrainingKernels, type Registration } from '../src/index.ts'
import { startKernels } from './support.ts'

let registration: Registration

beforeAll(async () => {
  registration = await startKernels()
})

describe('registering the training kernels', () => {
  it('reports what serves', () => {
    expect(registration).toStrictEqual({
      mode: supportedInstructions(),
      backendVersion: '4.22.0',
      tested: true,
      warnings: [],
    })
  })

  it('gives the backend the kernels that it lacks', () => {
    for (const name of ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropInput', 'UnsortedSegmentSum']) {
      expect(getKernel(name, 'wasm'), name).toBeDefined()
    }
  })

  it('changes nothing the second time', () => {
    const before = getKernelsForBackend('wasm').map((kernel) => kernel.kernelFunc)
    expect(registerTrainingKernels()).toBe(registration)
    expect(getKernelsForBackend('wasm').map((kernel) => kernel.kernelFunc)).toStrictEqual(before)
  })
})

describe('a backend that changed inside', () => {
  it('is found out part by part', () => {
    expect(missingParts(engine().findBackend('wasm'))).toStrictEqual([])
    expect(missingParts({})).toStrictEqual([
      'wasm.asm.memory',
      'wasm._malloc',
      'wasm._free',
      'dataIdMap.get',
      'makeOutput',
      'incRef',
      'disposeData',
    ])
    expect(missingParts(engine().findBackend('cpu'))).toContain('wasm.asm.memory')
  })
})

describe('the binaries in src/generated', () => {
  it('were made from assembly/ as it is', async () => {
    const script = fileURLToPath(new URL('../scripts/build-wasm.mjs', import.meta.url))
    const { stderr } = await promisify(execFile)(process.execPath, [script, '--check'])
    expect(stderr).toBe('')
  })
})
