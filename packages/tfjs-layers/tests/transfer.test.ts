import { disposeParams, scope } from '@ptu/tensor'
import { engine, getBackend, type Tensor } from '@tensorflow/tfjs-core'
import { layers, LayersModel, model as modelOf, sequential } from '@tensorflow/tfjs-layers'
import { describe, expect, it, vi } from 'vitest'

import {
  assertFrozen,
  foldLayersModel,
  freeze,
  LayersModelError,
  NotFrozenError,
  transferLayersModel,
  type LayersStrategy,
} from '../src/index.ts'
import { classesFor, everySource, examplesFor, numbersOf, recurrent, type Source } from './sources.ts'

const strategies: readonly LayersStrategy[] = ['share', 'fine-tune', 'scratch', 'ptu']

const cases = Object.entries(everySource).flatMap(([name, source]) =>
  strategies.map((strategy) => [name, strategy, source] as const),
)

const trained = async (model: LayersModel, source: Source, epochs = 2): Promise<void> => {
  const [x, y] = [examplesFor(source, 8), classesFor(8, 3)]
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['acc'] })
  await model.fit(x, y, { epochs, batchSize: 4, shuffle: false })
  disposeParams([x, y])
}

const predicted = (model: LayersModel, x: Tensor): readonly number[] =>
  scope(() => [...(model.predict(x) as Tensor).dataSync()])

describe.each(cases)('of %s, %s', (_name, strategy, source) => {
  const options = { strategy, cut: source.cut, head: 3, seed: 4 }

  it('is a LayersModel that compiles, fits, evaluates and predicts, and leaves the source bit for bit', async () => {
    const model = source.make()
    const before = numbersOf(model)
    const target = transferLayersModel(model, options)
    expect(target).toBeInstanceOf(LayersModel)
    const started = numbersOf(target)
    const logs: string[] = []
    const [x, y] = [examplesFor(source, 8), classesFor(8, 3)]
    target.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['acc'] })
    const { history } = await target.fit(x, y, {
      epochs: 2,
      callbacks: { onEpochEnd: (epoch, found) => void logs.push(`${epoch} ${Object.keys(found ?? {}).join()}`) },
    })
    expect(logs).toEqual(['0 loss,acc', '1 loss,acc'])
    expect(history['loss']).toHaveLength(2)
    const scores = target.evaluate(x, y) as Tensor[]
    expect(scores).toHaveLength(2)
    expect(predicted(target, x)).toHaveLength(24)
    const lines: string[] = []
    target.summary(undefined, undefined, (line: string) => lines.push(line))
    expect(lines.join('\n')).toContain(`target_${source.cut}`)
    expect(numbersOf(target)).not.toEqual(started)
    expect(numbersOf(model)).toEqual(before)
    disposeParams([x, y, ...scores])
    target.dispose()
    model.dispose()
  })

  it('starts from weights that depend on the seed alone', () => {
    const model = source.make()
    const made = [4, 4, 5].map((seed) => transferLayersModel(model, { ...options, seed }))
    const [once = [], twice = [], other = []] = made.map(numbersOf)
    expect(once).toEqual(twice)
    expect(once).not.toEqual(other)
    made.forEach((each) => each.dispose())
    model.dispose()
  })

  it('folds into plain layers that compute the same after training', async () => {
    const model = source.make()
    const target = transferLayersModel(model, options)
    await trained(target, source)
    const plain = foldLayersModel(target)
    expect(plain.layers.map((layer) => layer.getClassName()).filter((name) => name.startsWith('Ptu'))).toEqual([])
    const x = examplesFor(source, 6, 2)
    expect(predicted(plain, x)).toBeAllClose(predicted(target, x), { absolute: 1e-5, relative: 1e-5 })
    x.dispose()
    ;[model, target, plain].forEach((each) => each.dispose())
  })
})

describe('transferLayersModel', () => {
  const { pictures, nested } = everySource as { pictures: Source; nested: Source }

  it('gives a unit of three branches a random one, and folds it', async () => {
    for (const source of Object.values(everySource)) {
      const model = source.make()
      const target = transferLayersModel(model, {
        ...{ strategy: 'ptu', cut: source.cut, head: 3, seed: 1 },
        unit: { branches: 3, update: 0.6, steps: 4 },
      })
      expect(target.layers.some(({ name }) => name.endsWith('_random'))).toBe(true)
      await trained(target, source)
      const plain = foldLayersModel(target)
      const x = examplesFor(source, 6, 2)
      expect(predicted(plain, x)).toBeAllClose(predicted(target, x), { absolute: 1e-5, relative: 1e-5 })
      x.dispose()
      ;[model, target, plain].forEach((each) => each.dispose())
    }
  })

  it('shares by layers that are frozen, batch normalisation and dropout included', async () => {
    const model = pictures.make()
    const target = transferLayersModel(model, { strategy: 'share', cut: 'features', head: 3 })
    const body = target.layers.slice(0, -1)
    assertFrozen(body)
    expect(() => {
      assertFrozen(target)
    }).toThrow(NotFrozenError)
    const before = body.map(numbersOf)
    const x = examplesFor(pictures, 4)
    const outputs = (training: boolean): readonly number[] =>
      scope(() => [...(target.apply(x, { training }) as Tensor).dataSync()])
    expect(outputs(true)).toEqual(outputs(false))
    await trained(target, pictures)
    expect(body.map(numbersOf)).toEqual(before)
    x.dispose()
    target.dispose()
    model.dispose()
  })

  it.each(Object.entries({ ...everySource, recurrent }))(
    'of %s computes what the source does at the cut, before anything is learnt',
    (_name, source) => {
      const model = source.make()
      const inner = model.layers.find(({ name }) => name === source.cut) as layers.Layer
      const atCut = modelOf({ inputs: model.inputs, outputs: inner.output })
      const x = examplesFor(source, 3)
      const wanted = predicted(atCut, x)
      for (const strategy of source === recurrent
        ? (['share', 'fine-tune'] as const)
        : (['share', 'fine-tune', 'ptu'] as const)) {
        const target = transferLayersModel(model, { strategy, cut: source.cut, head: [] })
        expect(predicted(target, x), strategy).toBeAllClose(wanted, { absolute: 1e-6, relative: 1e-6 })
        target.dispose()
      }
      const fresh = transferLayersModel(model, { strategy: 'scratch', cut: source.cut, head: [] })
      expect(predicted(fresh, x)).not.toBeAllClose(wanted, { absolute: 1e-2 })
      fresh.dispose()
      x.dispose()
      model.dispose()
    },
  )

  it('reads pictures of another size, by the same weights', () => {
    const model = pictures.make()
    for (const strategy of ['share', 'ptu'] as const) {
      const target = transferLayersModel(model, { strategy, cut: 'sum', head: 3, input: [9, 8, 2] })
      expect(target.inputs[0]?.shape).toEqual([null, 9, 8, 2])
      const same = transferLayersModel(model, { strategy, cut: 'sum', head: 3 })
      expect(numbersOf(target)).toEqual(numbersOf(same))
      const x = scope(() => examplesFor({ ...pictures, shape: [9, 8, 2] }, 2))
      expect(predicted(target, x)).toHaveLength(6)
      x.dispose()
      ;[target, same].forEach((each) => {
        each.dispose()
      })
    }
    model.dispose()
  })

  it('pools a cut with channels first over height and width, also of another size', () => {
    const { channelsFirst } = everySource as { channelsFirst: Source }
    const model = channelsFirst.make()
    const target = transferLayersModel(model, { strategy: 'share', cut: 'across', head: 3, input: [2, 9, 7] })
    expect(target.layers.slice(-3).map(({ outputShape }) => outputShape)).toEqual([
      [null, 4, 5, 3],
      [null, 4],
      [null, 3],
    ])
    expect(() => transferLayersModel(model, { strategy: 'share', cut: 'across', head: 3, input: [9, 7, 5] })).toThrow(
      'expected 3 sides with 2 channels first, as the source has (2 × 6 × 5), got 9 × 7 × 5',
    )
    target.dispose()
    model.dispose()
  })

  it('says what to do with grey pictures for a source of colours', () => {
    const model = sequential({
      layers: [layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 3], name: 'conv' })],
    })
    expect(() => transferLayersModel(model, { strategy: 'share', cut: 'conv', head: 2, input: [8, 8, 1] })).toThrow(
      'expected 3 sides with 3 channels last, as the source has (8 × 8 × 3), got 8 × 8 × 1: repeat grey pixels',
    )
    expect(() => transferLayersModel(model, { strategy: 'share', cut: 'conv', head: 2, input: [8, 3] })).toThrow(
      /got 8 × 3$/,
    )
    model.dispose()
  })

  it('takes one strategy for each of several cuts', () => {
    const model = pictures.make()
    const target = transferLayersModel(model, { strategy: ['share', 'ptu'], cut: ['sum', 'features'], head: 3 })
    const classOf = (name: string): string => target.getLayer(name).getClassName()
    expect(classOf('target_conv')).toBe('PtuInference')
    expect(classOf('target_features')).toBe('PtuUnit')
    expect(classOf('target_features_source')).toBe('PtuInference')
    expect(target.getUserDefinedMetadata()).toEqual({
      ptu: { strategy: ['share', 'ptu'], cut: ['sum', 'features'], seed: 0, source: 'pictures' },
    })
    target.dispose()
    model.dispose()
  })

  it('takes layers for a head, clones them, and solves collisions of names', () => {
    const model = nested.make()
    const head = [layers.dense({ units: 7, name: 'second' }), layers.dense({ units: 2, name: 'second' })]
    const made = [1, 1].map((seed) => transferLayersModel(model, { strategy: 'share', cut: 'second', head, seed }))
    expect(made[0]?.layers.map(({ name }) => name)).toEqual([
      ...['target_inner_input', 'target_first', 'target_layer_norm'].map((name) =>
        name === 'target_inner_input' ? (made[0]?.layers[0]?.name ?? '') : name,
      ),
      ...['target_second', 'target_second_2', 'target_second_3'],
    ])
    expect(made.map(numbersOf)[0]).toEqual(made.map(numbersOf)[1])
    expect(head.some(({ built }) => built)).toBe(false)
    made.forEach((each) => each.dispose())
    model.dispose()
  })

  it('anneals the noise of units over their steps, then trains without', () => {
    const model = nested.make()
    const target = transferLayersModel(model, {
      strategy: 'ptu',
      cut: 'second',
      head: 3,
      unit: { branches: 3, steps: 2 },
    })
    const x = examplesFor(nested, 4)
    const outputs = (): readonly number[] =>
      scope(() => [...(target.apply(x, { training: true }) as Tensor).dataSync()])
    const noisy = outputs()
    outputs()
    expect(noisy).not.toEqual(predicted(target, x))
    expect(outputs()).toEqual(predicted(target, x))
    x.dispose()
    target.dispose()
    model.dispose()
  })

  it('fixes the gates of units that are not trainable', async () => {
    const model = nested.make()
    const target = transferLayersModel(model, { strategy: 'ptu', cut: 'second', head: 3, unit: { update: 0.75 } })
    const units = target.layers.filter((layer) => layer.getClassName() === 'PtuUnit')
    for (const unit of units) unit.trainable = false
    const before = units.map(numbersOf)
    await trained(target, nested)
    expect(units.map(numbersOf)).toEqual(before)
    target.dispose()
    model.dispose()
  })

  it('never chooses a backend', () => {
    const spy = vi.spyOn(engine(), 'setBackend')
    const model = nested.make()
    transferLayersModel(model, { strategy: 'ptu', cut: 'second', head: 3 }).dispose()
    model.dispose()
    expect(spy).not.toHaveBeenCalled()
    expect(getBackend()).toBe('cpu')
  })

  it.each([
    [{ strategy: 'share', cut: 'nowhere', head: 3 }, 'no layer nowhere to cut at; its layers are conv, norm'],
    [{ strategy: ['share'], cut: ['sum', 'features'], head: 3 }, 'one strategy for each cut, got 1 for 2'],
    [{ strategy: ['share', 'ptu'], cut: ['features', 'sum'], head: 3 }, 'cut sum does not come after features'],
    [{ strategy: 'freeze', cut: 'sum', head: 3 }, 'a strategy among share, fine-tune, scratch, ptu, got freeze'],
    [{ strategy: 'share', cut: 'sum', head: 0 }, 'expected a number of classes or a list of layers, got 0'],
  ])('refuses %j', (options, message) => {
    const model = pictures.make()
    expect(() => transferLayersModel(model, options as never)).toThrow(message)
    model.dispose()
  })

  it.each([
    [undefined, "strategy: expected a name or a list of names, got undefined; give options such as { strategy: 'ptu'"],
    [null, 'strategy: expected a name'],
    [{ strategy: 'ptu', head: 3 }, 'cut: expected a name or a list of names, got undefined'],
    [{ strategy: 'ptu', cut: ['sum', 3], head: 3 }, 'cut: expected a name or a list of names, got [sum, 3]'],
    [{ strategy: 'ptu', cut: 'sum' }, 'head: expected a number of classes or a list of layers'],
    [{ strategy: 'ptu', cut: 'sum', head: [{}] }, 'of the same @tensorflow/tfjs-layers, got [an object]'],
  ])('says what was expected where JavaScript without types gives %j', (options, message) => {
    const model = pictures.make()
    const thrown = expect(() => transferLayersModel(model, options as never))
    thrown.toThrow(LayersModelError)
    thrown.toThrow(message)
    model.dispose()
  })

  it.each([undefined, {}])('freezes no %j', (source) => {
    expect(() => freeze(source as never)).toThrow(LayersModelError)
    expect(() => {
      assertFrozen(source as never)
    }).toThrow(LayersModelError)
  })

  it('names the layer that a unit cannot stand in for, and leaves nothing behind', () => {
    const model = recurrent.make()
    expect(() => transferLayersModel(model, { strategy: 'ptu', cut: 'memory', head: 3 })).toThrow(
      /layer memory \(Bidirectional\): a unit cannot mix its weights channel by channel/,
    )
    model.dispose()
  })

  it('names a normalisation with channels first, which tfjs cannot learn, and what reads it', () => {
    const model = sequential({ layers: [layers.batchNormalization({ axis: 1, inputShape: [2, 6, 5], name: 'norm' })] })
    expect(() => transferLayersModel(model, { strategy: 'ptu', cut: 'norm', head: 3 })).toThrow(
      /layer norm \(BatchNormalization\): tfjs learns a normalisation of the last axis only; .* fromLayersModel of @ptu\/formats/,
    )
    model.dispose()
  })

  it('refuses what is no LayersModel of this tfjs', () => {
    expect(() => transferLayersModel({ layers: [] } as never, { strategy: 'share', cut: 'a', head: 2 })).toThrow(
      LayersModelError,
    )
  })

  it('can be part of a larger model', () => {
    const model = nested.make()
    const target = transferLayersModel(model, { strategy: 'ptu', cut: 'second', head: 3 })
    const larger = sequential({ layers: [target, layers.dense({ units: 2 })] })
    const x = examplesFor(nested, 2)
    expect(predicted(larger, x)).toHaveLength(4)
    x.dispose()
    larger.dispose()
    model.dispose()
  })
})
