import {
  avgPool,
  cast,
  conv2d,
  copyRegisteredKernels,
  depthwiseConv2d,
  getKernel,
  getKernelsForBackend,
  grads,
  maxPool,
  mul,
  registerBackend,
  removeBackend,
  setBackend,
  sum,
  tensor,
  unregisterKernel,
  type KernelConfig,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { scope } from '../scope.ts'
import { registerNativeKernels } from './native-kernels.ts'
import { replaceKernel } from './replace-kernel.ts'
import { registerWebgpuKernels } from './webgpu-kernels.ts'

/** Runs on cpu's kernels under another backend's name. */
const standIn = (name: string): void => {
  beforeEach(() => {
    registerBackend(name, () => new MathBackendCPU())
    copyRegisteredKernels('cpu', name)
  })
  afterEach(async () => {
    await setBackend('cpu')
    removeBackend(name)
    for (const { kernelName } of getKernelsForBackend(name)) unregisterKernel(kernelName, name)
  })
}

const numbered = (shape: [number, number, number, number], step: number): Tensor4D => {
  const size = shape.reduce((product, n) => product * n, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, i) => ((i * 7) % size) * step - 1),
    shape,
  )
}

type Pads = [[number, number], [number, number], [number, number], [number, number]]
const uneven: Pads = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
]

const operations: Readonly<Record<string, (x: Tensor4D, w: Tensor4D) => Tensor>> = {
  conv2d: (x, w) => conv2d(x, w, 1, uneven),
  'conv2d with a stride': (x, w) => conv2d(x, w, 2, uneven),
  'conv2d with one number': (x, w) => conv2d(x, w, 1, 1),
  depthwiseConv2d: (x, w) => depthwiseConv2d(x, w, 1, uneven),
  maxPool: (x, w) => mul(maxPool(x, 2, 2, uneven), sum(w)),
  'avgPool without padding': (x, w) => mul(avgPool(x, 2, 2, 'valid'), sum(w)),
}

const valuesOf = (f: (x: Tensor4D, w: Tensor4D) => Tensor): readonly (readonly number[])[] => {
  const made = scope(() => {
    const [x, w] = [numbered([2, 5, 6, 3], 0.1), numbered([3, 3, 3, 2], 0.05)]
    const slope = grads((a, b) => sum(mul(f(a as Tensor4D, b as Tensor4D), 0.5)))
    return [f(x, w), ...slope([x, w])]
  })
  return made.map((result) => {
    const values = [...result.dataSync()]
    result.dispose()
    return values
  })
}

describe('the native kernels', () => {
  standIn('tensorflow')

  it.each(Object.entries(operations))(
    'give %s with padding in numbers the values and gradients of cpu',
    async (_, f) => {
      const expected = valuesOf(f)
      registerNativeKernels()
      await setBackend('tensorflow')
      valuesOf(f).forEach((values, i) => {
        expect(values).toBeAllClose(expected[i] ?? [])
      })
    },
  )

  it('are called with valid padding where the caller gave numbers, and as they are where it gave a word', async () => {
    const pads: unknown[] = []
    replaceKernel('Conv2DBackpropFilter', 'tensorflow', (stock) => (call) => {
      pads.push(call.attrs?.['pad'])
      return stock(call)
    })
    const { kernelName } = getKernel('Conv2DBackpropFilter', 'tensorflow')
    // the stand-in above counts as the backend's own
    delete (getKernel(kernelName, 'tensorflow') as KernelConfig & { ptu?: true }).ptu
    registerNativeKernels()
    await setBackend('tensorflow')
    valuesOf((x, w) => conv2d(x, w, 1, uneven))
    const behind: Pads = [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ]
    valuesOf((x, w) => conv2d(x, w, 1, behind))
    valuesOf((x, w) => conv2d(x, w, 1, 'same'))
    expect(pads).toEqual(['valid', 'valid', 'same'])
  })

  it('are replaced once', () => {
    registerNativeKernels()
    const { kernelFunc } = getKernel('MaxPool', 'tensorflow')
    registerNativeKernels()
    expect(getKernel('MaxPool', 'tensorflow').kernelFunc).toBe(kernelFunc)
  })
})

describe('the kernels of WebGPU', () => {
  standIn('webgpu')

  it.each(['int32', 'bool'] as const)(
    'convert %s to float32 by a product, and leave other casts alone',
    async (dtype) => {
      const factors: unknown[] = []
      registerWebgpuKernels()
      replaceKernel('Multiply', 'webgpu', () => ({ inputs, backend }) => {
        factors.push(inputs['a']?.dtype, inputs['b']?.dtype)
        return (backend as MathBackendCPU).makeTensorInfo([3], 'float32', Float32Array.of(0, 1, 1))
      })
      await setBackend('webgpu')
      const x = tensor([0, 1, 1], [3], dtype)
      const made = [cast(x, 'float32'), cast(x, dtype === 'bool' ? 'int32' : 'bool')]
      expect(factors).toEqual([dtype, 'float32'])
      expect(made.map((y) => y.dtype)).toEqual(['float32', dtype === 'bool' ? 'int32' : 'bool'])
      for (const y of [x, ...made]) y.dispose()
    },
  )
})
