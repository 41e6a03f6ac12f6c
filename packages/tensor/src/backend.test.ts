import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import {
  copyRegisteredKernels,
  findBackendFactory,
  getBackend,
  getGradient,
  getKernelsForBackend,
  registerBackend,
  registerGradient,
  registerKernel,
  removeBackend,
  setBackend,
  unregisterGradient,
  unregisterKernel,
  ZerosLike,
} from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useBackend, listBackends } from './backend.ts'
import { load, NotInstalledError, type Load } from './backend/load.ts'
import { BackendError, type BackendName } from './backend/names.ts'
import { selfCheck } from './backend/self-check.ts'
import { listWith, startWith, type Started } from './backend/start.ts'

const started = async (use: typeof useBackend, wanted: 'auto' | BackendName): Promise<Started> => {
  const outcome = await use(wanted)()
  if (E.isLeft(outcome)) throw outcome.left
  return outcome.right
}

const refused = async (use: typeof useBackend, wanted: 'auto' | BackendName): Promise<BackendError> => {
  const outcome = await use(wanted)()
  if (E.isRight(outcome)) throw new Error(`expected a refusal, ${outcome.right.name} started`)
  return outcome.left
}

/** Packages that are there beside the real tfjs; all others are not. */
const having =
  (packages: Readonly<Record<string, () => unknown>>): Load =>
  async (name) => {
    const found = packages[name]
    if (found !== undefined) return found()
    return ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'].includes(name)
      ? load(name)
      : Promise.reject(new NotInstalledError(`${name} is not installed`))
  }

/** Stands in for tfjs-node: the cpu backend under the native name. */
const native = (device: object) => () => {
  registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), device))
  return { version: { 'tfjs-node': '4.22.0' } }
}

const forget = async (name: string): Promise<void> => {
  await setBackend('cpu')
  if ((findBackendFactory(name) as unknown) !== null) removeBackend(name)
}

beforeEach(() => {
  copyRegisteredKernels('cpu', 'tensorflow')
})

afterEach(async () => {
  await forget('tensorflow')
  for (const { kernelName } of getKernelsForBackend('tensorflow')) unregisterKernel(kernelName, 'tensorflow')
})

describe('useBackend', () => {
  it('starts cpu when asked, checks its gradient and notes that it is slow', async () => {
    const { name, version, selfCheck: error, rejected, notes, warnings } = await started(useBackend, 'cpu')
    expect({ name, version, error, rejected }).toEqual({ name: 'cpu', version: '4.22.0', error: 0, rejected: [] })
    expect(notes.join()).toMatch(/slowest/)
    expect(warnings).toEqual([])
  })

  it('warns where nothing faster than cpu is there', async () => {
    const bare: Load = async (name) =>
      name === '@tensorflow/tfjs' ? load(name) : Promise.reject(new NotInstalledError(`${name} is not installed`))
    const { name, warnings } = await started(startWith(bare), 'auto')
    expect(name).toBe('cpu')
    expect(warnings.join()).toMatch(/slowest/)
  })

  it('chooses wasm where no native package and no WebGPU is there, and says why not the others', async () => {
    const { name, rejected } = await started(startWith(having({})), 'auto')
    expect(name).toBe('wasm')
    expect(getBackend()).toBe('wasm')
    expect(rejected.map(({ name: other, status }) => [other, status])).toEqual([
      ['tensorflow-gpu', 'not installed'],
      ['tensorflow', 'not installed'],
      ['webgpu', 'not installed'],
    ])
  })

  it('chooses the native package first, with its library and device', async () => {
    const use = startWith(
      having({ '@tensorflow/tfjs-node-gpu': native({ isUsingGpuDevice: true, binding: { TF_Version: '2.9.1' } }) }),
    )
    const { name, notes, warnings } = await started(use, 'auto')
    expect({ name, notes, warnings }).toEqual({
      name: 'tensorflow-gpu',
      notes: ['libtensorflow 2.9.1', 'device: GPU'],
      warnings: [],
    })
  })

  it('warns loudly where the GPU package found no GPU', async () => {
    const use = startWith(having({ '@tensorflow/tfjs-node-gpu': native({ isUsingGpuDevice: false }) }))
    expect((await started(use, 'tensorflow-gpu')).warnings.join()).toMatch(/THE GPU IS NOT USED/)
  })

  it('gives the native package what Node 23 took away, and lets it share the GPU', async () => {
    await started(startWith(having({ '@tensorflow/tfjs-node': native({}) })), 'tensorflow')
    const { default: util } = (await import('node:util')) as unknown as {
      default: Record<string, (x: unknown) => boolean>
    }
    expect(util['isNullOrUndefined']?.(undefined)).toBe(true)
    expect(util['isArray']?.([])).toBe(true)
    expect(process.env['TF_FORCE_GPU_ALLOW_GROWTH']).toBe('true')
  })

  it('starts one native package a process, for a process can hold one libtensorflow', async () => {
    const packages = {
      '@tensorflow/tfjs-node': native({ isGPUPackage: false }),
      '@tensorflow/tfjs-node-gpu': native({ isGPUPackage: true, isUsingGpuDevice: true }),
    }
    await started(startWith(having(packages)), 'tensorflow')
    const [rejected] = (await refused(startWith(having(packages)), 'tensorflow-gpu')).rejected
    expect(rejected?.status).toBe('not tried')
    expect(rejected?.why).toMatch(/already runs @tensorflow\/tfjs-node, and a process can hold one libtensorflow/)
    expect(getBackend()).toBe('tensorflow')
  })

  it('refuses a backend whose gradient is wrong, and takes the next', async () => {
    const wrong = (): unknown => {
      const loaded = native({})()
      unregisterKernel('Conv2DBackpropFilter', 'tensorflow')
      registerKernel({
        kernelName: 'Conv2DBackpropFilter',
        backendName: 'tensorflow',
        kernelFunc: ({ backend }) =>
          (backend as MathBackendCPU).makeTensorInfo([2, 2, 1, 1], 'float32', new Float32Array([1, 2, NaN, 4])),
      })
      return loaded
    }
    const { name, rejected } = await started(startWith(having({ '@tensorflow/tfjs-node': wrong })), 'auto')
    expect(name).toBe('wasm')
    expect(rejected.find(({ name: other }) => other === 'tensorflow')?.why).toMatch(
      /gradient of a convolution is wrong: expected .*784,1012,1468,1696, got .*1,2,NaN,4/,
    )
  })

  it('keeps the current backend when the one asked for does not start', async () => {
    const error = await refused(startWith(having({})), 'tensorflow-gpu')
    expect(error).toBeInstanceOf(BackendError)
    expect(error.message).toBe(
      'expected to start the backend tensorflow-gpu, could not (tensorflow-gpu: @tensorflow/tfjs-node-gpu is not installed); name another one or install its package',
    )
    expect(getBackend()).toBe('cpu')
  })

  it('is a Left, not a throw, where a package breaks while it loads', async () => {
    const broken = (): never => {
      throw new TypeError('util.isNullOrUndefined is not a function')
    }
    const error = await refused(startWith(having({ '@tensorflow/tfjs-node': broken })), 'tensorflow')
    expect(error.rejected).toEqual([
      { name: 'tensorflow', status: 'failed', why: 'util.isNullOrUndefined is not a function' },
    ])
  })

  it('says so where a package brought another copy of tfjs-core', async () => {
    const elsewhere = (): unknown => ({ version: { 'tfjs-node': '4.0.0' } })
    const error = await refused(startWith(having({ '@tensorflow/tfjs-node': elsewhere })), 'tensorflow')
    expect(error.message).toMatch(/another copy of @tensorflow\/tfjs-core/)
  })

  it('is a Left where no package that registers the gradients is there', async () => {
    const nothing: Load = async (name) => Promise.reject(new NotInstalledError(`${name} is not installed`))
    const last = getGradient(ZerosLike)
    unregisterGradient(ZerosLike)
    try {
      expect((await refused(startWith(nothing), 'cpu')).message).toMatch(/@tensorflow\/tfjs is not installed/)
    } finally {
      registerGradient(last)
    }
  })

  it('loads no package for gradients that are registered, and else the one that is quickest to load', async () => {
    const loaded: string[] = []
    const watching: Load = async (name) => {
      loaded.push(name)
      registerGradient(last)
      return Promise.resolve({})
    }
    const last = getGradient(ZerosLike)
    await started(startWith(watching), 'cpu')
    expect(loaded).toEqual([])
    unregisterGradient(ZerosLike)
    await started(startWith(watching), 'cpu')
    expect(loaded).toEqual(['@tensorflow/tfjs-layers'])
  })
})

describe('webgpu', () => {
  const dawn = (adapter: object | null) => () => ({
    create: () => ({ requestAdapter: async () => Promise.resolve(adapter) }),
    globals: {},
  })
  const software = { info: { vendor: 'google', architecture: 'swiftshader' } }
  const webgpu = (): unknown => {
    registerBackend('webgpu', () => new MathBackendCPU())
    copyRegisteredKernels('cpu', 'webgpu')
    return { version_webgpu: '4.22.0' }
  }

  afterEach(async () => {
    await forget('webgpu')
    Reflect.deleteProperty(globalThis, 'navigator')
  })

  it('is never chosen when its adapter is software, and leaves no navigator behind', async () => {
    const use = startWith(having({ webgpu: dawn(software), '@tensorflow/tfjs-backend-webgpu': webgpu }))
    const { name, rejected } = await started(use, 'auto')
    expect(name).toBe('wasm')
    expect(rejected.find(({ name: other }) => other === 'webgpu')?.why).toMatch(/software \(google swiftshader\)/)
    expect((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu).toBeUndefined()
  })

  it('runs in software when asked for by name, with a warning', async () => {
    const use = startWith(having({ webgpu: dawn(software), '@tensorflow/tfjs-backend-webgpu': webgpu }))
    expect((await started(use, 'webgpu')).warnings.join()).toMatch(/software/)
  })

  it('is chosen when its adapter is a GPU', async () => {
    const gpu = { info: { vendor: 'nvidia', architecture: 'hopper' } }
    const use = startWith(having({ webgpu: dawn(gpu), '@tensorflow/tfjs-backend-webgpu': webgpu }))
    const { name, notes, warnings } = await started(use, 'auto')
    expect({ name, warnings }).toEqual({ name: 'webgpu', warnings: [] })
    expect(notes).toEqual(['nvidia hopper', 'dataSync does not work here: use await tensor.data()'])
  })

  it('is refused without an adapter', async () => {
    const use = startWith(having({ webgpu: dawn(null), '@tensorflow/tfjs-backend-webgpu': webgpu }))
    expect((await refused(use, 'webgpu')).message).toMatch(/finds no adapter/)
  })
})

describe('listBackends', () => {
  it('gives every backend with its state, and keeps the current one', async () => {
    const listed = await listWith(
      having({ '@tensorflow/tfjs-node-gpu': () => Promise.reject(new Error('no libcuda')) }),
    )()
    expect(listed.map(({ name, status }) => [name, status])).toEqual([
      ['tensorflow-gpu', 'failed'],
      ['tensorflow', 'not installed'],
      ['webgpu', 'not installed'],
      ['wasm', 'starts'],
      ['cpu', 'starts'],
    ])
    expect(listed[0]).toEqual({ name: 'tensorflow-gpu', status: 'failed', why: 'no libcuda' })
    expect(getBackend()).toBe('cpu')
  })

  it('goes back to the current one, whichever was tried last', async () => {
    await started(useBackend, 'wasm')
    await listWith(having({}))()
    const found = getBackend()
    await setBackend('cpu')
    expect(found).toBe('wasm')
  })

  it('finds wasm and cpu among the packages of this repository', async () => {
    const starting = (await listBackends()).filter(({ status }) => status === 'starts').map(({ name }) => name)
    expect(starting).toEqual(expect.arrayContaining(['wasm', 'cpu']))
  })
})

describe('selfCheck', () => {
  it('finds the gradient of cpu exact', async () => {
    expect(await selfCheck()).toBe(0)
  })
})

describe('load', () => {
  it('takes a package from the folder that PTU_BACKENDS names, and what is not there from elsewhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-backends-'))
    await mkdir(join(folder, 'node_modules', 'ptu-stand-in'), { recursive: true })
    await writeFile(join(folder, 'node_modules', 'ptu-stand-in', 'index.js'), 'exports.answer = 42')
    vi.stubEnv('PTU_BACKENDS', folder)
    try {
      await expect(load('ptu-stand-in')).resolves.toHaveProperty('answer', 42)
      await expect(load('@tensorflow/tfjs')).resolves.toHaveProperty('version_core')
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    }
  })

  it('tells a package that is not there from one that is', async () => {
    await expect(load('@ptu/no-such-package')).rejects.toThrow(
      new NotInstalledError('@ptu/no-such-package is not installed'),
    )
    await expect(load('@tensorflow/tfjs')).resolves.toHaveProperty('version_core')
  })
})
