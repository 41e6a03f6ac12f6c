import { asKernel, type Inputs, type KernelTable } from '../kernel.ts'
import { poolWindow, type WindowAttrs } from '../window.ts'
import { numbersOf, tensorOf } from './numbers.ts'
import { walkWindows } from './window-walk.ts'

type PoolAttrs = WindowAttrs & { readonly filterSize: number | readonly [number, number] }

const matches = (input = 0, maximum = 0): boolean => input === maximum || (Number.isNaN(input) && Number.isNaN(maximum))

/** Gradients of pooling as plain loops. */
export const composedPoolKernels: KernelTable = {
  MaxPoolGrad: () =>
    asKernel<Inputs<'dy' | 'input' | 'output'>, PoolAttrs>(({ inputs, attrs, backend }) => {
      const w = poolWindow(inputs.input.shape, attrs)
      const [dy, x, y] = [inputs.dy, inputs.input, inputs.output].map((tensor) => numbersOf(backend, tensor))
      const dx = new Float32Array(x?.length ?? 0)
      const taken = new Uint8Array(dy?.length ?? 0)
      walkWindows(w, (output, input) => {
        for (let c = 0; c < w.inChannels; c++) {
          const o = output * w.inChannels + c
          const i = input * w.inChannels + c
          if (taken[o] === 1 || !matches(x?.[i], y?.[o])) continue
          taken[o] = 1
          dx[i] = (dx[i] ?? 0) + (dy?.[o] ?? 0)
        }
      })
      return tensorOf(backend, dx, inputs.input.shape)
    }),
  AvgPoolGrad: () =>
    asKernel<Inputs<'dy' | 'input'>, PoolAttrs>(({ inputs, attrs, backend }) => {
      const w = poolWindow(inputs.input.shape, attrs)
      const dy = numbersOf(backend, inputs.dy)
      const dx = new Float32Array(w.inShape.reduce((a, b) => a * b, 1))
      const sizes = new Uint32Array(w.batchSize * w.outHeight * w.outWidth)
      walkWindows(w, (output) => {
        sizes[output] = (sizes[output] ?? 0) + 1
      })
      walkWindows(w, (output, input) => {
        for (let c = 0; c < w.inChannels; c++) {
          const i = input * w.inChannels + c
          dx[i] = (dx[i] ?? 0) + (dy[output * w.inChannels + c] ?? 0) / (sizes[output] ?? 1)
        }
      })
      return tensorOf(backend, dx, inputs.input.shape)
    }),
}
