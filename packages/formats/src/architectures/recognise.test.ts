import { bytesIn } from '@ptu/core'
import { disposeSource, ImportError } from '@ptu/networks'
import { disposeParams, type Shape } from '@ptu/tensor'
import { memory } from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { contiguous, countOf, storedTensor, type StoredTensor } from '../stored-tensor.ts'
import type { TensorTable } from './architecture.ts'
import { recognise } from './recognise.ts'
import { architectures } from './table.ts'

const stored = (name: string, shape: Shape): StoredTensor => {
  const numbers = (): Float32Array => Float32Array.from({ length: countOf(shape) }, (_, i) => Math.sin(i) / 8 + 0.5)
  const layout = { shape, strides: contiguous(shape), offset: 0 }
  return storedTensor(name, 'float32', layout, { littleEndian: true, bytes: () => bytesIn(numbers()) })
}

const tableOf = (tensors: Iterable<readonly [string, Shape]>): TensorTable =>
  new Map([...tensors].map(([name, shape]) => [name, stored(name, shape)]))

/** The tensors of each architecture as its own library lists them: `fixtures/generate_names.py`. */
const names = JSON.parse(readFileSync(new URL('../../fixtures/names.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, Shape>>>
>
const tensorsOf = (architecture: string): ReadonlyMap<string, Shape> =>
  new Map(Object.entries(names[architecture] ?? {}))

const mobile = tensorsOf('torchvision mobilenet_v2')
const without = (name: string): TensorTable => tableOf([...mobile].filter(([one]) => one !== name))
const withMore = (...more: readonly (readonly [string, Shape])[]): TensorTable => tableOf([...mobile, ...more])

const messageOf = (f: () => unknown): string => {
  try {
    f()
    return 'none'
  } catch (cause) {
    return cause instanceof ImportError ? cause.message : 'another error'
  }
}

describe('an architecture is recognised', () => {
  it.each(architectures.map(({ name }) => name))('%s by its own tensors, and by no other', (name) => {
    const tensors = tableOf(tensorsOf(name))
    expect(recognise(tensors, architectures).name).toBe(name)
    const alike = architectures.filter((one) => one.recognise(tensors).differences.length === 0)
    expect(alike.map((one) => one.name)).toEqual([name])
  })

  it('without its classifier, which is then no head', () => {
    const tensors = tableOf([...mobile].filter(([name]) => !name.startsWith('classifier')))
    const architecture = recognise(tensors, architectures)
    const before = memory().numTensors
    const { source, head, facts } = architecture.build(tensors, { input: [32, 32, 3] })
    expect(facts).toMatchObject({
      ...architecture.plan?.(tensors).facts,
      'batch normalisation': 'epsilon 1e-5, folded into the convolutions before it',
      'not needed': expect.stringMatching(/^\d+ counters of batches/) as string,
    })
    expect([architecture.name, head, source.blocks.length]).toEqual(['torchvision mobilenet_v2', undefined, 19])
    disposeSource(source)
    expect(memory().numTensors).toBe(before)
  })
})

describe('tensors that are of none for certain', () => {
  it('name the two nearest and what differs where one is missing', () => {
    const message = messageOf(() => recognise(without('features.3.conv.0.0.weight'), architectures))
    expect(message).toContain(
      'The nearest are torchvision mobilenet_v2: features.3.conv.0.0.weight [144, 24, 1, 1] is missing; ',
    )
    expect(message).toMatch(/; \S.*: \S+ \[[\d, ]+\] is (?:missing|\[)/)
    expect(message).toContain('Spell the layers out with fromStateDict')
  })

  it('have a relative as the second nearest, not a small network of which nothing is there', () => {
    const changed = tableOf([...tensorsOf('torchvision resnet18'), ['layer2.0.conv1.weight', [120, 64, 3, 3]] as const])
    const message = messageOf(() => recognise(changed, architectures))
    expect(message).toContain('nearest are torchvision resnet18: layer2.0.conv1.weight [128, 64, 3, 3] is [120, 64, 3, 3]; torchvision resnet34: ') // prettier-ignore
  })

  it('say which shape differs', () => {
    const message = messageOf(() => recognise(withMore(['features.0.0.weight', [16, 3, 3, 3]]), architectures))
    expect(message).toContain('features.0.0.weight [32, 3, 3, 3] is [16, 3, 3, 3]')
  })

  it('are those with a tensor more in a module of the network', () => {
    const message = messageOf(() => recognise(withMore(['features.19.weight', [4]]), architectures))
    expect(message).toContain('torchvision mobilenet_v2: features.19.weight is more than it has')
  })

  it('are not those with a tensor more beside the network', () => {
    expect(recognise(withMore(['aux.weight', [4]]), architectures).name).toBe('torchvision mobilenet_v2')
  })

  it('are those that two are equally like', () => {
    const twice = [...architectures, ...architectures]
    expect(messageOf(() => recognise(tableOf(mobile), twice))).toContain(
      'no tensor differs; torchvision mobilenet_v2: no',
    )
  })
})

describe('a network that is known and cannot be opened', () => {
  it.each([
    [['conv1.0', 'stage2.0.branch1.0', 'stage2.0.branch2.7', 'conv5.0', 'fc'], 'this is torchvision shufflenet_v2, which cannot be opened by its tensors: its units are not known by the names of their tensors'],
    [['conv1.0', 'conv1.6', 'layer1.0.downsample.1', 'layer4.0.conv1', 'fc'], 'this is a resnet of timm with a deep stem, as resnet26d is, which cannot be opened by its tensors: its stem and its shortcuts'],
  ])('is refused by name, with what to do (%#)', (names, message) => {
    const tensors = tableOf(names.map((name) => [`${name}.weight`, [4, 4]] as const))
    const found = messageOf(() => recognise(tensors, architectures))
    expect(found).toContain(message)
    expect(found).toContain('export it to ONNX (torch.onnx.export), or use another network')
  }) // prettier-ignore
})

describe('the classifier of SqueezeNet', () => {
  it('drops out, convolves, cuts off what is below 0 and takes the mean, in this order', () => {
    const tensors = tableOf(tensorsOf('torchvision squeezenet1_1'))
    const { source, head } = recognise(tensors, architectures).build(tensors, { input: [64, 64, 3] })
    const structure = head?.layer.structure
    expect(structure?.kind === 'composite' && structure.parts.map(({ spec }) => spec.type)).toEqual([
      ...['dropout', 'conv2d', 'relu', 'globalAveragePool'],
    ])
    disposeSource(source)
    disposeParams(head?.params ?? [])
  })
})

describe('a network that cannot be built', () => {
  it('because a tensor is refused says so and leaves no tensor', () => {
    const bad = 'features.18.0.weight'
    const tensors = new Map(tableOf(mobile))
    tensors.set(bad, { ...stored(bad, mobile.get(bad) ?? []), refused: 'expected plain numbers' })
    const before = memory().numTensors
    expect(messageOf(() => recognise(tensors, architectures).build(tensors, { input: [32, 32, 3] }))).toContain(
      `tensor ${bad}: expected plain numbers`,
    )
    expect(memory().numTensors).toBe(before)
  })

  it('because a tensor fails when it is read frees those before it', () => {
    const bad = 'features.2.conv.2.weight'
    const tensors = new Map(tableOf(mobile))
    const fail = (): never => {
      throw new ImportError('its checksum differs')
    }
    tensors.set(bad, { ...stored(bad, mobile.get(bad) ?? []), arranged: fail })
    const before = memory().numTensors
    expect(messageOf(() => recognise(tensors, architectures).build(tensors, { input: [32, 32, 3] }))).toBe(
      'its checksum differs',
    )
    expect(memory().numTensors).toBe(before)
  })
})
