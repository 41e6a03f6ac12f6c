import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { scope } from '@ptu/tensor'
import { chromiumPath, hasChromium, reportFromPage } from '@ptu/testing'
import { io, oneHot, ones, train, type Tensor } from '@tensorflow/tfjs-core'
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, it } from 'vitest'

import { fileHandler, foldLayersModel, transferLayersModel } from '../src/index.ts'
import { pageOf } from './browser/server.ts'
import { everySource, type Source } from './sources.ts'

interface Report {
  readonly error?: string
  readonly plain: readonly number[]
  readonly unknown: unknown
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly saved: Omit<io.ModelArtifacts, 'weightData'> & { readonly weightData: string }
}

const predicted = (model: LayersModel): readonly number[] =>
  scope(() => [...(model.predict(ones([2, 3])) as Tensor).dataSync()])

const fitted = async (model: LayersModel): Promise<void> => {
  const optimizer = train.sgd(0.1)
  const [x, y] = [ones([2, 3]), scope(() => oneHot([0, 1], 3))]
  model.compile({ optimizer, loss: 'categoricalCrossentropy' })
  await model.fit(x, y, { epochs: 1, shuffle: false })
  x.dispose()
  y.dispose()
  optimizer.dispose()
}

describe.skipIf(!hasChromium)(`in Chromium (skipped where ${chromiumPath} is not installed)`, () => {
  it('models saved in Node load, train and come back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ptu-layers-browser-'))
    const source = (everySource as { nested: Source }).nested.make()
    const target = transferLayersModel(source, { strategy: 'ptu', cut: 'second', head: 3, unit: { branches: 3 } })
    const plain = foldLayersModel(target)
    await plain.save(fileHandler(join(folder, 'plain')))
    await target.save(fileHandler(join(folder, 'transferred')))
    const report = await reportFromPage<Report>(pageOf(folder))
    expect(report.error).toBeUndefined()
    expect(report.plain).toBeAllClose(predicted(plain))
    expect(report.unknown).toMatch(/Unknown layer: PtuInference|Unknown layer: PtuUnit/)
    expect(report.before).toBeAllClose(predicted(target))
    await fitted(target)
    expect(report.after).toBeAllClose(predicted(target))
    const weightData = Uint8Array.from(Buffer.from(report.saved.weightData, 'base64')).buffer
    const again = await loadLayersModel(io.fromMemory({ ...report.saved, weightData }))
    expect(predicted(again)).toBeAllClose(report.after)
    ;[source, target, plain, again].forEach((each) => each.dispose())
    rmSync(folder, { recursive: true })
  })
})
