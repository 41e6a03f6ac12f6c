import { version_core } from '@tensorflow/tfjs-core'

import { activate } from './activate.ts'
import type { Load } from './load.ts'
import type { Starter } from './names.ts'
import { registerWebgpuKernels } from './webgpu-kernels.ts'

interface Adapter {
  readonly isFallbackAdapter?: boolean
  readonly info?: Readonly<Partial<Record<'vendor' | 'architecture' | 'description' | 'device', string>>>
}

interface Gpu {
  readonly requestAdapter: () => Promise<Adapter | null>
}

interface Dawn {
  readonly create: (options: readonly string[]) => Gpu
  readonly globals: object
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|software|basic render/i

const describe = ({ info = {} }: Adapter): string =>
  [info.vendor, info.architecture, info.device, info.description].filter((part) => part).join(' ') || 'unnamed adapter'

/** The one global that WebGPU is reached through. */
const browser = globalThis as { navigator?: { readonly gpu?: Gpu; readonly hardwareConcurrency?: number } }

/** Node has no WebGPU; the package `webgpu` brings it. Returns a function that takes it away again, so that Node can exit. */
const provideGpu = async (load: Load): Promise<() => void> => {
  if (browser.navigator?.gpu !== undefined) return () => undefined
  const { create, globals } = (await load('webgpu')) as Dawn
  const before = Object.getOwnPropertyDescriptor(browser, 'navigator')
  const hardwareConcurrency = browser.navigator?.hardwareConcurrency ?? 1
  Object.assign(globalThis, globals)
  const value = { gpu: create([]), userAgent: 'node', hardwareConcurrency }
  Object.defineProperty(browser, 'navigator', { value, configurable: true, writable: true })
  return () => {
    if (before === undefined) Reflect.deleteProperty(browser, 'navigator')
    else Object.defineProperty(browser, 'navigator', before)
  }
}

const findAdapter = async (asked: boolean): Promise<{ readonly device: string; readonly software: boolean }> => {
  const adapter = await browser.navigator?.gpu?.requestAdapter()
  if (!adapter) throw new Error('WebGPU finds no adapter: no GPU, or no Vulkan, Metal or Direct3D 12 driver')
  const device = describe(adapter)
  const software = adapter.isFallbackAdapter === true || softwareNames.test(device)
  if (software && !asked)
    throw new Error(`its adapter is software (${device}), which is slower than wasm; name webgpu to use it`)
  return { device, software }
}

/** Tells whether a tensor can be read at once: tfjs does it through a canvas, which Node lacks. */
const readsAtOnce = (): boolean => 'OffscreenCanvas' in globalThis

/** Starts WebGPU. An adapter that is software is refused unless WebGPU was asked for by name. */
export const startWebgpu: Starter = async (load, asked) => {
  const takeAway = await provideGpu(load)
  try {
    const { device, software } = await findAdapter(asked)
    await load('@tensorflow/tfjs-backend-webgpu')
    await activate('webgpu')
    registerWebgpuKernels()
    return {
      version: version_core, // the package tells none, and wants tfjs-core of exactly its own
      notes: [device, ...(readsAtOnce() ? [] : ['dataSync does not work here: use await tensor.data()'])],
      warnings: software ? [`WebGPU runs in software (${device}): expect it to be very slow`] : [],
    }
  } catch (cause) {
    takeAway()
    throw cause
  }
}
