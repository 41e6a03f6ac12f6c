import { disposeParams, scope } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import type { Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { foldLayersModel, transferLayersModel } from '../src/index.ts'
import { classesFor, everySource, examplesFor, numbersOf } from './sources.ts'

await describeOnBackends('transferLayersModel', ({ tolerance }) => {
  it.each(Object.entries(everySource))('of %s trains units of three branches and folds them', async (_name, source) => {
    const model = source.make()
    const before = numbersOf(model)
    const options = { strategy: 'ptu', cut: source.cut, head: 3, unit: { branches: 3 } } as const
    const target = transferLayersModel(model, options)
    const [x, y] = [examplesFor(source, 8), classesFor(8, 3)]
    target.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' })
    await target.fit(x, y, { epochs: 2, batchSize: 4 })
    const plain = foldLayersModel(target)
    scope(() => {
      expect(plain.predict(x) as Tensor).toBeAllClose(target.predict(x) as Tensor, tolerance)
    })
    expect(numbersOf(model)).toEqual(before)
    disposeParams([x, y])
    ;[model, target, plain].forEach((each) => {
      each.dispose()
    })
  })
})
