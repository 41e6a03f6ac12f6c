import { readFileSync } from 'node:fs'

import { key, Tree } from '@ptu/core'
import { infer, type Mode } from '@ptu/layers'
import { disposeParams, normal, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import {
  concat,
  matMul,
  mean,
  mul,
  ones,
  registerKernel,
  reshape,
  scalar,
  sigmoid,
  sum,
  tensor,
  tensor1d,
  unregisterKernel,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'

import * as gates from './index.ts'
import { fixedGate, hierarchicalGate, inputGate, mix, type Branches, type Gate } from './index.ts'

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

it('the table of gates holds every gate that is exported', () => {
  const others = ['mix', 'noiseProbability']
  const exported = Object.keys(gates).filter((name) => !others.includes(name))
  expect([...new Set(Object.values(everyGate).map(({ name }) => `${name}Gate`))].toSorted()).toEqual(
    exported.toSorted(),
  )
})

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

/** The part of the fine-tuned branch that a fresh gate lets through when the other branches are 0. */
const atStart = (gate: Gate): readonly number[] =>
  scope(() => {
    const three = gate.branches === 3 && { random: zeros([1, 2]) }
    const branches = { source: zeros([1, 2]), fineTuned: ones([1, 2]), ...three }
    return [...gate.apply(gate.init(key(1), 2), branches, infer).dataSync()]
  })

describe('a gate that was told nothing', () => {
  const fineTune = 1 / (1 + Math.exp(-2))
  it.each([
    ['hierarchical', hierarchicalGate(), 2, 0.5],
    ['hierarchical of three', hierarchicalGate({ branches: 3 }), 3, 0.75 * fineTune],
    ['input', inputGate(), 2, 0.5],
    ['input of three', inputGate({ branches: 3 }), 3, 0.75 * 0.88],
  ] as const)('starts where its documentation says: %s', (_name, gate, branches, open) => {
    expect(gate.branches).toBe(branches)
    expect(atStart(gate)).toBeAllClose([open, open])
  })
})

describe('an input gate', () => {
  it('sees the mean over the steps of a sequence', () => {
    const gate = inputGate()
    scope(() => {
      const params = { update: { kernel: normal(key(1), [4, 2]), bias: zeros([2]) } }
      const sequences = { source: normal(key(2), [3, 5, 2]), fineTuned: normal(key(3), [3, 5, 2]) }
      const means = [sequences.source, sequences.fineTuned].map((x) => mean(x, 1))
      const open = reshape(sigmoid(matMul(concat(means, 1) as Tensor2D, params.update.kernel as Tensor2D)), [3, 1, 2])
      const expected = mix({ update: open }, sequences)
      expect(gate.apply(params, sequences, infer)).toBeAllClose(expected, { absolute: 1e-6 })
    })
  })
})

describe("a backend's own kernel for mixing", () => {
  /** The result that the kernel has to compute, with gates per channel. */
  const kernel = vi.fn(({ inputs }: { readonly inputs: readonly Tensor[] }) => {
    const [source, fineTuned, update, random, fineTune] = inputs.map((x) => [...x.dataSync()])
    const channels = inputs[2]?.size ?? NaN
    const values = (source ?? []).map((s, i) => {
      const [u = NaN, f = 1] = [update?.[i % channels], fineTune?.[i % channels]]
      return (1 - u) * s + u * (f * (fineTuned?.[i] ?? NaN) + (1 - f) * (random?.[i] ?? 0))
    })
    return tensor(values, inputs[0]?.shape)
  })

  it.each([2, 3] as const)('mixes %d branches, and is given a number for every channel', (count) => {
    const branches = branchesOf(count, 2)
    const gates = [
      { update: scalar(0.25), ...(count === 3 && { fineTune: scalar(0.75) }) },
      { update: tensor1d([0.1, 0.2, 0.3, 0.4]), ...(count === 3 && { fineTune: tensor1d([0.9, 0.8, 0.7, 0.6]) }) },
    ]
    for (const gate of gates) {
      const composed = mix(gate, branches)
      registerKernel({ kernelName: 'PtuMix', backendName: 'cpu', kernelFunc: kernel as never })
      const own = mix(gate, branches)
      unregisterKernel('PtuMix', 'cpu')
      expect(own).toBeAllClose(composed)
      expect(kernel.mock.lastCall?.[0].inputs.map(({ shape }) => shape.length)).toEqual(
        [4, 4, 1, 4, 1].slice(0, 2 * count - 1),
      )
      disposeParams([gate, composed, own])
    }
    expect(kernel).toHaveBeenCalledTimes(2)
    kernel.mockClear()
    disposeParams(branches as unknown as ParamTree)
  })

  it('is not asked where a random branch comes without its gate', () => {
    const branches = branchesOf(3, 2)
    const update = scalar(0.5)
    expect(() => mix({ update }, branches)).toThrow('expected a fine-tune gate and a random branch together')
    disposeParams([update, branches as unknown as ParamTree])
  })
})

describe("a backend's own kernel for a gate", () => {
  it('is asked where there is noise, with the logit at the start and a threshold for each entry', () => {
    const kernel = vi.fn(({ attrs }: { readonly attrs: { readonly shape: number[] } }) => [
      ones(attrs.shape),
      tensor1d([0.25, 0.25]),
    ])
    const gate = hierarchicalGate({ branches: 3, update: 0.75, noise: 'constant', fineTuneNoise: 'annealed' })
    const params = gate.init(key(1), 2)
    const sampled = (mode: Mode): readonly Tensor[] =>
      Tree.leaves<Tensor>((gate.sample?.(params, [3, 4, 4, 2], mode) ?? []) as ParamTree)
    const composed = [...sampled({ ...training, progress: 1 }), ...sampled(training)]
    registerKernel({ kernelName: 'PtuGate', backendName: 'cpu', kernelFunc: kernel as never })
    const own = [...sampled(infer), ...sampled({ ...training, progress: 1 }), ...sampled(training)]
    unregisterKernel('PtuGate', 'cpu')
    const asked = kernel.mock.calls.map(([{ attrs }]) => attrs as never as { start: number; thresholds: Float32Array })
    // none at inference, the update gate alone at the end, both before
    expect(asked.map(({ start }) => Math.round(100 * start))).toEqual([110, 110, 200])
    const thresholds = asked.map(({ thresholds: drawn }) => [...drawn])
    expect(thresholds.map((drawn) => drawn.length)).toEqual([6, 6, 6])
    expect(thresholds[0]).toEqual(thresholds[1])
    expect(thresholds[2]?.filter((draw) => draw >= 2).length).toBeGreaterThan(0)
    // the same draws as by separate operations
    const [last] = composed.slice(-2)
    expect([...(last?.dataSync() ?? [])]).toEqual(thresholds[1]?.map((draw) => Number(draw < 0.75)))
    disposeParams([params, composed, own])
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
    expect(() => hierarchicalGate({ update: 0 })).toThrow('expected where a gate starts in (0, 1), got 0')
  })

  it.each([{ update: 0, fineTune: 0.3 }, { update: 1, fineTune: 1 }, { update: 1, fineTune: 0 }, { update: 1 }])(
    'is not drawn where %o cannot differ from a draw',
    (options) => {
      const open = fixedGate(options).sample?.([], [5, 4], { ...training, progress: 0 }) as unknown as ParamTree
      expect(Tree.leaves(open).map((leaf) => [leaf.rank, leaf.dataSync()[0]])).toEqual([
        [0, options.update],
        ...(options.fineTune === undefined ? [] : [[0, expect.closeTo(options.fineTune, 6)]]),
      ])
      disposeParams(open)
    },
  )

  it.each([{ update: 0.5, fineTune: 1 }, { update: 1, fineTune: 0.5 }, { update: 0.5 }])(
    'is drawn for each example and channel where one of %o is open halfway',
    (options) => {
      const open = fixedGate(options).sample?.([], [5, 4], { ...training, progress: 0 }) as unknown as ParamTree
      for (const leaf of Tree.leaves(open)) {
        expect(leaf.shape).toEqual([5, 4])
        expect([...leaf.dataSync()].every((x) => x === 0 || x === 1)).toBe(true)
      }
      disposeParams(open)
    },
  )

  it.each([-0.1, 1.1, NaN])('cannot be fixed at %d', (update) => {
    expect(() => fixedGate({ update })).toThrow('expected openness from 0 to 1')
  })
})
