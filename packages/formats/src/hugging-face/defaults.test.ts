import { readFileSync } from 'node:fs'

import type { Shape } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { expectedTensors } from '../architectures/expected-tensors.ts'
import { configOf } from './config.ts'
import { modelTypes } from './table.ts'

interface Described {
  /** The count of numbers of each block, by its places in lists or by its module. */
  readonly counts: Readonly<Record<string, number>>
  readonly activation: string
  /** The epsilon of layer normalisation, where the config has it. */
  readonly epsilon: number | null
  readonly tokens?: { readonly vocabulary: number; readonly padding: number }
  /** The shape of what the last block gives. */
  readonly output?: Shape
}

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/hugging-face/defaults.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Described>>

const placeOf = (name: string): string => {
  const found = /stages\.(\d+)\.(?:layers\.(\d+))?/.exec(name) ?? /layers?\.(\d+)\./.exec(name)
  return found === null
    ? name.replace(/^vision_model\./, '').replace(/\..*/, '')
    : found.slice(1).filter(Boolean).join('.')
}

const sizeOf = (shape: Shape): number => shape.reduce((size, n) => size * n, 1)

describe('a config that says nothing but its model_type', () => {
  it.each(Object.entries(golden))(
    'is what transformers makes of it: %s',
    (name, { counts, activation, epsilon, tokens, output }) => {
      const type = modelTypes.find(({ names }) => names.includes(name))
      const config = configOf({ model_type: name })
      const plan = type?.plan({ config, tensors: new Map(), pooling: undefined }, '')
      if (plan === undefined) throw new Error(`expected a plan for ${name}`)
      const found: Record<string, number> = {}
      for (const [tensor, shape] of expectedTensors(plan.body, plan.input)) {
        const place = placeOf(tensor)
        found[place] = (found[place] ?? 0) + sizeOf(shape)
      }
      expect(found).toEqual(counts)
      if (tokens === undefined) expect(plan.tokens).toBeUndefined()
      else expect(plan.tokens).toMatchObject(tokens)
      expect(plan.facts['activation']).toBe(activation)
      const normalisation = plan.facts['layer normalisation']
      if (normalisation !== undefined && epsilon !== null) expect(normalisation).toContain(epsilon.toExponential())
      expect(normalisation === undefined).toBe(/resnet|mobilenet/.test(name))
      if (output) expect(plan.body.reduce((shape, { layer }) => layer.output(shape), plan.input)).toEqual(output)
    },
  )
})
