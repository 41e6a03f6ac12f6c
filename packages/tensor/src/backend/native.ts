import { backend, findBackend } from '@tensorflow/tfjs-core'

import { activate } from './activate.ts'
import type { Load } from './load.ts'
import { registerNativeAdam } from './native-adam.ts'
import { registerNativeKernels } from './native-kernels.ts'
import { meetNames } from './native-names.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { OccupiedError, type Starter } from './names.ts'

interface NativePackage {
  readonly version: Readonly<Record<string, string>>
}

interface NativeBackend {
  readonly isUsingGpuDevice?: boolean
  readonly isGPUPackage?: boolean
  readonly binding?: { readonly TF_Version?: string }
}

/**
 * Prepares Node for tfjs-node 4.22: gives it two functions that Node 22 warns of and Node 23 removed, and makes TensorFlow quiet,
 * use oneDNN and leave GPU memory to others.
 */
const prepareNode = async (): Promise<void> => {
  const { default: util } = (await import('node:util')) as unknown as { default: Record<string, unknown> }
  util['isNullOrUndefined'] = (x: unknown) => x === null || x === undefined
  util['isArray'] = Array.isArray
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1'
  // Else depthwise convolutions refuse strides of two lengths on processors without AVX-512.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1'
}

const versionOf = (loaded: NativePackage | { readonly default: NativePackage }): string =>
  ('default' in loaded ? loaded.default : loaded).version['tfjs-node'] ?? 'unknown'

/** Both packages register the one name `tensorflow`, and a process can hold one libtensorflow. */
const checkAlone = (name: string): void => {
  const running = findBackend('tensorflow') as NativeBackend | null
  const other = `@tensorflow/tfjs-node${running?.isGPUPackage ? '-gpu' : ''}`
  if (running !== null && other !== name)
    throw new OccupiedError(
      `this process already runs ${other}, and a process can hold one libtensorflow; start another process`,
    )
}

const startNative = async (load: Load, name: string): Promise<{ version: string; running: NativeBackend }> => {
  checkAlone(name)
  await prepareNode()
  const version = await oneAtATime(async () => {
    const loaded = versionOf((await load(name)) as NativePackage)
    await activate('tensorflow')
    meetNames(backend())
    return loaded
  })
  registerNativeKernels()
  registerNativeAdam(backend())
  return { version, running: backend() as NativeBackend }
}

const libraryOf = ({ binding }: NativeBackend): string => `libtensorflow ${binding?.TF_Version ?? 'of unknown version'}`

/** Starts TensorFlow's C library on the CPU. */
export const startTensorflow: Starter = async (load) => {
  const { version, running } = await startNative(load, '@tensorflow/tfjs-node')
  return { version, notes: [libraryOf(running)], warnings: [] }
}

/** Starts TensorFlow's C library on CUDA, and says loudly where it found no GPU. */
export const startTensorflowGpu: Starter = async (load) => {
  const { version, running } = await startNative(load, '@tensorflow/tfjs-node-gpu')
  const onCpu =
    'THE GPU IS NOT USED: @tensorflow/tfjs-node-gpu found no CUDA device and runs on the CPU; check nvidia-smi and that the CUDA and cuDNN libraries are those its libtensorflow was built for'
  return running.isUsingGpuDevice === true
    ? { version, notes: [libraryOf(running), 'device: GPU'], warnings: [] }
    : { version, notes: [libraryOf(running), 'device: CPU'], warnings: [onCpu] }
}
