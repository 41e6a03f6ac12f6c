import { readFileSync } from 'node:fs'

import type { Shape } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { architectures } from './table.ts'

interface Golden {
  /** The shape of the last map for 97 × 65 pixels. */
  readonly output: Shape
  /** The number that batch normalisation adds to variances, where there is any. */
  readonly epsilon: number | null
}

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/architectures.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>

describe('the plan of a network of torchvision', () => {
  it.each(Object.entries(golden))('strides and pads as %s does, and adds its epsilon', (name, { output, epsilon }) => {
    const plan = architectures.find((one) => one.name === name)?.plan?.(new Map())
    if (plan === undefined) throw new Error(`expected a plan of ${name}`)
    expect(plan.body.reduce<Shape>((shape, { layer }) => layer.output(shape), [97, 65, 3])).toEqual(output)
    if (epsilon !== null) expect(plan.epsilon).toBe(epsilon)
    expect(Object.keys(plan.facts)).toEqual(expect.arrayContaining(['activation', 'pixels']))
    expect(plan.input.at(-1)).toBe(3)
  })
})

describe('the facts of a network', () => {
  it.each([
    ['torchvision resnet18', 'resnetblur18'],
    ['torchvision resnet50', 'resnetaa50 and resnetblur50'],
    ['timm efficientnet_b0', 'tf_efficientnet_b0'],
    ['timm efficientnet_b0', 'nor is efficientnet_blur_b0'],
  ])('of %s name another of timm that has the same tensors: %s', (name, other) => {
    const facts = architectures.find((one) => one.name === name)?.plan?.(new Map()).facts
    expect(facts?.['padding']).toContain(other)
    expect(facts?.['padding']).toContain('this network')
  })

  it('name no other where none has the same tensors', () => {
    const facts = architectures.find(({ name }) => name === 'torchvision resnet34')?.plan?.(new Map()).facts
    expect(facts?.['padding']).toBe('half of the window on every side, as PyTorch pads')
  })
})
