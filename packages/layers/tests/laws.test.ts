import { foldIn, key, permutation, type Tree } from '@ptu/core'
import { disposeParams, mapParams, normal, scope, uniform, zipParams, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, gradientCheck, numbersOf, tensorsLeakedBy } from '@ptu/testing'
import { add, concat, mul, reshape, scalar, slice, sub, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import * as layers from '../src/index.ts'
import { infer, type Affine, type Layer, type Mode } from '../src/index.ts'
import { everyLayer } from './every-layer.ts'
import type { Entry } from './layer-entry.ts'

const batch = 3

/** Numbers at least 0.05 apart and 0.025 from 0: no ties for a maximum, no kink within a step of the differences. */
const distinct = (shape: readonly number[]): Tensor => {
  const order = permutation(
    key(11),
    shape.reduce((size, n) => size * n, batch),
  )
  return tensor(
    Float32Array.from(order, (i) => (i - order.length / 2 + 0.5) * 0.05),
    [batch, ...shape],
    'float32',
  )
}

/** Inputs for a layer; the caller owns them. */
const examplesOf = ([, , input, examples]: Entry): Tensor => examples?.() ?? distinct(input)

/** Initial parameters and noise, so that none is 0. */
const params = (layer: Layer, input: readonly number[], seed = 1): ParamTree =>
  scope(() => {
    const noise = ({ shape }: Tensor, path: Tree.Path): Tensor => normal(foldIn(key(seed), path.length), shape, 0.3)
    return mapParams(layer.init(key(seed), input), (leaf, path) => add(leaf, noise(leaf, path)))
  })

const train: Mode = { kind: 'train', key: key(5) }

const title = ([exported, layer]: Entry): string => `${exported} ${JSON.stringify(layer.spec)}`

const cases = everyLayer.map((entry) => [title(entry), entry[1], entry[2], entry] as const)

const affine = cases.flatMap(([name, layer, input, entry]) =>
  layer.structure.kind === 'affine' ? [[name, layer, layer.structure, input, entry] as const] : [],
)

const rescalable = affine.flatMap(([name, layer, structure, input, entry]) =>
  'rescale' in structure ? [[name, layer, structure as Required<Affine>, input, entry] as const] : [],
)

const homogeneous = cases.filter(([, layer]) => layer.structure.kind === 'homogeneous')

const recurrent = cases.flatMap(([name, layer, input, entry]) =>
  layer.structure.kind === 'recurrent' ? [[name, layer, layer.structure, input, entry] as const] : [],
)

const composite = cases.flatMap(([name, layer, input, entry]) =>
  layer.structure.kind === 'composite' ? [[name, layer, layer.structure, input, entry] as const] : [],
)

describe('the table of layers', () => {
  it('holds every layer that is exported', () => {
    const others = [
      ...['constant', 'foldBatchNorm', 'fromSpec', 'infer', 'shapesOf', 'SpecError', 'splitMode', 'zeros'],
      ...['pairOf', 'placePads', 'rotaryFrequencies'],
      ...['glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'lecunNormal'],
    ]
    const exported = Object.keys(layers).filter((name) => !others.includes(name))
    expect([...new Set(everyLayer.map(([name]) => name))].sort()).toEqual(exported.sort())
  })
})

type P = ParamTree

await describeOnBackends('every layer', ({ name, tolerance }) => {
  it.each(cases)('%s delivers the shape it promises', (_name, layer, input, entry) => {
    scope(() => {
      const y = layer.apply(params(layer, input), examplesOf(entry), infer)
      expect(y.shape).toEqual([batch, ...layer.output(input)])
    })
  })

  it.each(cases)('%s is the same function of its key each time', (_name, layer, input, entry) => {
    scope(() => {
      const [p, x] = [params(layer, input), examplesOf(entry)]
      for (const mode of [infer, train])
        expect(numbersOf(layer.apply(p, x, mode))).toEqual(numbersOf(layer.apply(p, x, mode)))
      zipParams(layer.init(key(3), input), layer.init(key(3), input), (a, b) => {
        expect(numbersOf(a)).toEqual(numbersOf(b))
        return a
      })
    })
  })

  it.each(cases)('%s treats the rows of a batch by themselves', (_name, layer, input, entry) => {
    scope(() => {
      const [p, x] = [params(layer, input), examplesOf(entry)]
      const rows = Array.from({ length: batch }, (_, row) => {
        const begin = x.shape.map((_size, axis) => (axis === 0 ? row : 0))
        return layer.apply(p, slice(x, begin, [1, ...input]), infer)
      })
      expect(layer.apply(p, x, infer)).toBeAllClose(concat(rows), tolerance)
    })
  })

  it.each(cases)('%s leaves one tensor behind, its result, and its arguments whole', (_name, layer, input, entry) => {
    const [p, x] = [params(layer, input), examplesOf(entry)]
    for (const mode of [infer, train]) {
      const leaked = tensorsLeakedBy(() => {
        for (let i = 0; i < 20; i++) layer.apply(p, x, mode).dispose()
      })
      expect(leaked).toBe(0)
    }
    expect(x.isDisposed).toBe(false)
    disposeParams([p, x])
  })

  it.each(cases)('%s has the gradient that differences give', (_name, layer, input, entry) => {
    const x = examplesOf(entry)
    // tokens and padding may not be moved: the golden values have those gradients
    const all = { params: params(layer, input), x: entry[3] ? [] : x }
    for (const mode of [infer, train])
      expect(gradientCheck((at) => layer.apply(at.params, entry[3] ? x : (at.x as Tensor), mode), all)).toEqual([])
    disposeParams([all.params, x])
  })

  it.each(cases)('%s computes the same when made from its spec', (_name, layer, input, entry) => {
    const made = layers.fromSpec(JSON.parse(JSON.stringify(layer.spec)))
    if (E.isLeft(made)) throw made.left
    scope(() => {
      const [p, x] = [params(layer, input), examplesOf(entry)]
      expect(numbersOf(made.right.apply(p, x, train))).toEqual(numbersOf(layer.apply(p, x, train)))
      expect(made.right.structure.kind).toBe(layer.structure.kind)
    })
  })

  it.each(affine)(
    '%s scales its output with its parameters, channel by channel',
    (_name, layer, structure, input, entry) => {
      scope(() => {
        const [p, x] = [params(layer, input), examplesOf(entry)]
        const factor = uniform(key(7), [layer.output(input).at(-1) ?? 0], -2, 2)
        const scaled = structure.scale(p, factor)
        expect(layer.apply(scaled, x, infer)).toBeAllClose(mul(layer.apply(p, x, infer), factor), tolerance)
      })
    },
  )

  it.each(affine)('%s mixes outputs when its parameters are mixed', (_name, layer, _structure, input, entry) => {
    scope(() => {
      const [p, q, x] = [params(layer, input, 1), params(layer, input, 2), examplesOf(entry)]
      const mix = (a: Tensor, b: Tensor): Tensor => add(mul(0.3, a), mul(-1.7, b))
      const mixed = layer.apply(zipParams(p, q, mix), x, infer)
      expect(mixed).toBeAllClose(mix(layer.apply(p, x, infer), layer.apply(q, x, infer)), tolerance)
    })
  })

  it.each(rescalable)('%s absorbs a factor of its input and of its output', (_name, layer, structure, input, entry) => {
    scope(() => {
      const [p, x] = [params(layer, input), examplesOf(entry)]
      const moved = layer.apply(structure.rescale(p, 4, 0.3), mul(x, 4), infer)
      expect(moved).toBeAllClose(mul(layer.apply(p, x, infer), 0.3), tolerance)
    })
  })

  it.each(recurrent)(
    '%s mixes its affine maps when its parameters are mixed',
    (_name, layer, structure, input, entry) => {
      scope(() => {
        const [p, q, x] = [params(layer, input, 1), params(layer, input, 2), examplesOf(entry)]
        const share = uniform(key(7), [layer.output(input).at(-1) ?? 0])
        const mixed = structure.applyMixed([p, q], x, ([a = x, b = x]) => add(mul(a, share), mul(b, sub(1, share))))
        const parameters = zipParams(structure.scale(p, share), structure.scale(q, sub(1, share)), (a, b) => add(a, b))
        expect(mixed).toBeAllClose(layer.apply(parameters, x, infer), tolerance)
      })
    },
  )

  it.each(recurrent)(
    '%s of one set of parameters, mixed as it is, is itself',
    (_name, layer, structure, input, entry) => {
      scope(() => {
        const [p, x] = [params(layer, input), examplesOf(entry)]
        const mixed = structure.applyMixed([p], x, ([map = x]) => map.clone())
        expect(mixed).toBeAllClose(layer.apply(p, x, infer), { absolute: 1e-6 })
      })
    },
  )

  it.each(recurrent)(
    '%s whose states are mixed as they are is itself, be they made of parameters or given',
    (_name, layer, structure, input, entry) => {
      scope(() => {
        const [p, x] = [params(layer, input), examplesOf(entry)]
        const plain = layer.apply(p, x, infer)
        expect(numbersOf(structure.trace(p, x, 1)[0] ?? x)).toEqual(numbersOf(plain))
        for (const count of [1, structure.states]) {
          const states = structure.trace(p, x, count)
          expect(states.map(({ shape }) => shape)).toEqual(Array.from({ length: count }, () => plain.shape))
          for (const branch of [{ params: p }, { states }]) {
            const mixed = structure.applyStates([branch], x, ([state = x]) => state.clone(), count)
            expect(mixed).toBeAllClose(plain, { absolute: 1e-6 })
          }
        }
      })
    },
  )

  it.each(recurrent)('%s mixes in one pass as it does step by step', (_name, layer, structure, input, entry) => {
    const mixer = structure.mixer?.()
    expect(mixer !== undefined).toBe(name === 'wasm' && layer.spec.type !== 'simpleRnn')
    if (mixer === undefined) return
    scope(() => {
      const [source, fineTuned, random] = [1, 2, 3].map((seed) => params(layer, input, seed)) as [P, P, P]
      const x = examplesOf(entry)
      const units = layer.output(input).at(-1) ?? 0
      const gates = { update: uniform(key(7), [batch, units]), fineTune: scalar(0.6) }
      const mix = ([s = x, t = x, r = x]: readonly Tensor[]): Tensor => {
        const [u, f] = [reshape(gates.update, s.rank === 2 ? [batch, units] : [batch, 1, 1, units]), gates.fineTune]
        return add(mul(sub(1, u), s), mul(u, add(mul(f, t), mul(sub(1, f), r))))
      }
      const all = { source, fineTuned, random }
      const stepByStep = structure.applyMixed([source, fineTuned, random], x, mix)
      expect(mixer.mixMaps(all, gates, x)).toBeAllClose(stepByStep, { absolute: 1e-6 })
      for (const count of [1, structure.states])
        for (const first of [{ params: source }, { states: structure.trace(source, x, count) }]) {
          const states = structure.applyStates([first, { params: fineTuned }, { params: random }], x, mix, count)
          expect(mixer.mixStates({ ...all, source: first }, gates, x, count)).toBeAllClose(states, { absolute: 1e-6 })
        }
      expect(() => mixer.mixMaps(all, { update: gates.update }, x)).toThrow('a fine-tune gate and a random branch')
    })
  })

  it.each(recurrent)(
    '%s has the gradient that differences give on a single step',
    (_name, layer, _structure, input) => {
      const single = [1, input[1] ?? 1]
      const all = { params: params(layer, single), x: distinct(single) }
      expect(gradientCheck((at) => layer.apply(at.params, at.x, infer), all)).toEqual([])
      disposeParams([all.params, all.x])
    },
  )

  it.each(homogeneous)('%s passes a positive factor through', (_name, layer, _input, entry) => {
    scope(() => {
      const x = examplesOf(entry)
      for (const mode of [infer, train])
        expect(layer.apply([], mul(x, 2.5), mode)).toBeAllClose(mul(layer.apply([], x, mode), 2.5), tolerance)
    })
  })

  it.each(composite)('%s is rebuilt from its parts', (_name, layer, structure, input, entry) => {
    scope(() => {
      const [p, x] = [params(layer, input), examplesOf(entry)]
      expect(p).toHaveLength(structure.parts.length)
      expect(numbersOf(structure.rebuild(structure.parts).apply(p, x, train))).toEqual(
        numbersOf(layer.apply(p, x, train)),
      )
    })
  })
})
