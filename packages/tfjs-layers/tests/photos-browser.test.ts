import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { disposeParams } from '@ptu/tensor'
import { chromiumPath, hasChromium, reportFromPage, type Respond } from '@ptu/testing'
import { describe, expect, it } from 'vitest'

import { photoLayersModel, saveModelFolder, type PhotoModelOptions } from '../src/index.ts'
import { pixelsJs } from '../src/page/pixels-js.ts'
import { pngOf } from './browser/png.ts'
import { network, options, pixelsFrom, probabilitiesOf, scattered } from './photos.ts'

interface Report {
  readonly error?: string
  readonly labels: readonly string[]
  readonly found: readonly (readonly number[])[]
  readonly pictures: Readonly<Record<'opaque' | 'translucent' | 'image', readonly number[]>>
  readonly sample: { readonly status: string; readonly rows: string }
}

const [height, width] = [23, 31]

/** Colours with an opacity from `from` to 255. */
const rgba = (from: number): Uint8Array => {
  const opacities = pixelsFrom(7, height * width)
  return pixelsFrom(6, 4 * height * width).map((level, i) =>
    i % 4 === 3 ? Math.max(from, opacities[(i - 3) / 4] ?? 255) : level,
  )
}

const pictures: Readonly<Record<string, Uint8Array>> = { opaque: rgba(255), translucent: rgba(0) }

const tfjs = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json')), 'dist/tf.min.js')

const page = '<!doctype html><script src="/tf.js"></script><body><script type="module" src="/page.mjs"></script>'

const fixed: Readonly<Record<string, () => ReturnType<Respond>>> = {
  '/': () => Promise.resolve(['text/html', page]),
  '/tf.js': async () => ['text/javascript', await readFile(tfjs)],
  '/page.mjs': async () => ['text/javascript', await readFile(new URL('browser/photo-page.mjs', import.meta.url))],
}

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript' }

const pageOf =
  (folder: string): Respond =>
  async (path) => {
    const [, picture] = /^\/picture\/(\w+)\.png$/.exec(path) ?? []
    if (picture !== undefined) return ['image/png', pngOf(height, width, pictures[picture] ?? new Uint8Array())]
    const [, file, ending = ''] = /^\/folder\/([\w-]+\.(\w+))$/.exec(path) ?? []
    if (file === undefined) return fixed[path]?.()
    return [types[ending] ?? 'application/octet-stream', await readFile(join(folder, file))]
  }

const given: PhotoModelOptions = { ...options, size: [8, 10], fit: 'crop', shorter: 12 }

describe.skipIf(!hasChromium)(`in Chromium (skipped where ${chromiumPath} is not installed)`, () => {
  it('the files of a model folder give the probabilities that the network gave in Node', async () => {
    const home = mkdtempSync(join(tmpdir(), 'ptu-photos-browser-'))
    const folder = join(home, 'model')
    const params = scattered(network(), [8, 10, 3])
    const second = scattered(network(), [8, 10, 3], 11)
    const model = photoLayersModel(network(), params, { ...given, ensemble: { layer: network(), params: second } })
    const inputs = Array.from({ length: 10 }, (_, i) => pixelsFrom(i, 8 * 10 * 3))
    const expected = inputs.map((pixels) => {
      const [a = [], b = []] = [params, second].map((each) => probabilitiesOf(network(), each, pixels, given))
      return a.map((p, i) => (p + (b[i] ?? 0)) / 2)
    })
    const saved = await saveModelFolder(folder, { model, inputs, expected, tfjs: '/tf.js' })()
    expect(saved._tag).toBe('Right')
    const report = await reportFromPage<Report>(pageOf(folder))
    expect(report.error).toBeUndefined()
    expect(report.labels).toEqual(given.labels)
    expect(report.found.flat()).toBeAllClose(expected.flat(), { absolute: 1e-4, relative: 0 })

    writeFileSync(join(home, 'pixels.mjs'), pixelsJs)
    const inNode = (await import(/* @vite-ignore */ pathToFileURL(join(home, 'pixels.mjs')).href)) as {
      pixelsOf: (picture: object, rule: object) => Promise<Uint8Array>
    }
    const pixelsInNode = async (name: string): Promise<readonly number[]> => [
      ...(await inNode.pixelsOf({ width, height, data: pictures[name] }, given)),
    ]
    expect(report.pictures.opaque).toEqual(await pixelsInNode('opaque'))
    expect(report.pictures.image).toEqual(report.pictures.opaque)
    expect(report.pictures.translucent).toEqual(await pixelsInNode('translucent'))
    const [a = [], b = []] = [params, second].map((each) =>
      probabilitiesOf(network(), each, Uint8Array.from(report.pictures.opaque), given),
    )
    const means = a.map((p, i) => (p + (b[i] ?? 0)) / 2)
    const best = given.labels[means.indexOf(Math.max(...means))]
    expect(report.sample.status).toBe(`Most likely: ${best ?? ''}`)
    expect(report.sample.rows).toContain(`${(100 * Math.max(...means)).toFixed(1)} %`)
    model.dispose()
    disposeParams([params, second])
    rmSync(home, { recursive: true })
  })
})
