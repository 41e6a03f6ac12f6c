import { readFileSync } from 'node:fs'

import { key, Tree } from '@ptu/core'
import { infer, type Mode } from '@ptu/layers'
import { disposeParams, normal, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { mul, sum, tensor, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { fixedGate } from './fixed-gate.ts'
import type { Branches, Gate } from './gate.ts'
import { hierarchicalGate } from './hierarchical-gate.ts'
import { inputGate } from './input-gate.ts'

interface Numbers {
  readonly shape: number[]
  readonly values: number[]
}
type Named = Readonly<Record<string, Numbers>>
interface Case {
  readonly name: string
  readonly options: { gate: string; branches: 2 | 3; update: number; fineTune?: number }
  readonly params: Readonly<Record<string, Named>>
  readonly branches: Named
  readonly cotangent: Numbers
  readonly output: Numbers
  readonly gradParams: Readonly<Record<string, Named>>
  readonly gradBranches: Named
}

const { cases } = JSON.parse(readFileSync(new URL('../../testing/fixtures/gates.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[]
}

const gateOf = ({ options }: Case): Gate => {
  if (options.gate === 'fixed') return fixedGate(options)
  return options.gate === 'hierarchical' ? hierarchicalGate(options) : inputGate({ branches: options.branches })
}

const toTensor = ({ shape, values }: Numbers): Tensor => tensor(values, shape, 'float32')
const toTensors = (named: Named): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(named).map(([name, numbers]) => [name, toTensor(numbers)]))
const toTree = (params: Case['params']): ParamTree =>
  Object.fromEntries(Object.entries(params).map(([name, named]) => [name, toTensors(named)]))

// float32 against float64 over sums of 48 terms of size 1
const tolerance = { absolute: 2e-6, relative: 2e-5 }

describe('a gate', () => {
  it.each(cases)('mixes as PyTorch does, values and gradients: $name', (golden) => {
    const gate = gateOf(golden)
    const tree = { params: gate.name === 'fixed' ? [] : toTree(golden.params), branches: toTensors(golden.branches) }
    const weights = toTensor(golden.cotangent)
    const output = gate.apply(tree.params, tree.branches as unknown as Branches, infer)
    expect(output).toBeAllClose(golden.output.values, tolerance)
    const { value, grads } = valueAndGrad((t: typeof tree) =>
      scope(() => sum<Scalar>(mul(gate.apply(t.params, t.branches as unknown as Branches, infer), weights))),
    )(tree)
    const expected = [
      ...Object.values(golden.gradParams).flatMap((named) => Object.values(named)),
      ...Object.values(golden.gradBranches),
    ]
    Tree.leaves<Tensor>(grads).forEach((grad, i) => {
      expect(grad).toBeAllClose(expected[i]?.values ?? [], tolerance)
    })
    disposeParams([tree.params, tree.branches, weights, output, value, grads])
  })
})

const everyGate: Readonly<Record<string, Gate>> = {
  'hierarchical 2': hierarchicalGate(),
  'hierarchical 3': hierarchicalGate({ branches: 3 }),
  'constant noise': hierarchicalGate({ noise: 'constant' }),
  'input 2': inputGate(),
  'input 3': inputGate({ branches: 3 }),
  'fixed 2': fixedGate({ update: 0.75 }),
  'fixed 3': fixedGate({ update: 0.75, fineTune: 0.88 }),
}

const branchesOf = (count: 2 | 3, batch: number): Branches => {
  const map = (seed: number): Tensor => normal(key(seed), [batch, 3, 3, 4])
  return { source: map(1), fineTuned: map(2), ...(count === 3 && { random: map(3) }) }
}

const training: Mode = { kind: 'train', key: key(9), progress: 0.5 }

describe.each(Object.entries(everyGate))('the gate %s', (_name, gate) => {
  const run = (mode: Mode): readonly [readonly number[], readonly (readonly number[])[]] => {
    const params = gate.init(key(1), 4)
    const branches = branchesOf(gate.branches, 5)
    const out = gate.apply(params, branches, mode)
    const result = [
      [...out.dataSync()],
      Tree.leaves(branches as unknown as ParamTree).map((b) => [...b.dataSync()]),
    ] as const
    disposeParams([params, branches as unknown as ParamTree, out])
    return result
  }

  it('gives a number between those of its branches, noisy or not', () => {
    for (const mode of [infer, training]) {
      const [out, branches] = run(mode)
      out.forEach((z, i) => {
        const given = branches.map((b) => b[i] ?? NaN)
        expect(z).toBeGreaterThanOrEqual(Math.min(...given) - 1e-6)
        expect(z).toBeLessThanOrEqual(Math.max(...given) + 1e-6)
      })
    }
  })

  it('is deterministic in its key, and without noise at inference', () => {
    expect(run(training)).toEqual(run(training))
    expect(run(infer)).toEqual(run(infer))
  })
})

describe('the openness of a gate', () => {
  it('starts where it was asked to', () => {
    const gate = hierarchicalGate({ branches: 3, update: 0.75, fineTune: 0.88 })
    const params = gate.init(key(1), 3)
    const open = gate.openness?.(params)
    expect(open?.update).toBeAllClose([0.75, 0.75, 0.75])
    expect(open?.fineTune).toBeAllClose([0.88, 0.88, 0.88])
    disposeParams([params, open as unknown as ParamTree])
  })

  it('cannot start at 0 or 1 where it is learnt', () => {
    expect(() => hierarchicalGate({ update: 1 })).toThrow('expected where a gate starts in (0, 1), got 1')
  })

  it.each([
    { update: 0, fineTune: 0.3 },
    { update: 1, fineTune: 1 },
  ])('is not drawn where %o cannot differ from a draw', (options) => {
    const open = fixedGate(options).sample?.([], [5, 4], { ...training, progress: 0 }) as unknown as ParamTree
    expect(Tree.leaves(open).map((leaf) => [leaf.rank, leaf.dataSync()[0]])).toEqual([
      [0, options.update],
      [0, expect.closeTo(options.fineTune, 6)],
    ])
    disposeParams(open)
  })

  it.each([-0.1, 1.1, NaN])('cannot be fixed at %d', (update) => {
    expect(() => fixedGate({ update })).toThrow('expected openness from 0 to 1')
  })
})
