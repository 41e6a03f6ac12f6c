import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { key } from '@ptu/core'
import { imagePixels, type ImageRule } from '@ptu/data'
import { encodeModel } from '@ptu/experiments'
import { conv2d, dense, globalAveragePool, relu, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { chromiumPath, hasChromium, reportFromPage, type Respond } from '@ptu/testing'
import { fileHandler } from '@ptu/tfjs-layers'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import { decode, encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from './sandbox.ts'

const [height, width] = [31, 44]

const rule: ImageRule = { size: [12, 12], channels: 3, fit: 'crop', shorter: 14 }

/** A picture larger than what the network sees: the class is its colour, the seed its pattern. */
const pictureOf = (label: number, seed: number): Uint8Array =>
  encode({
    ...{ width, height, channels: 3 },
    data: Uint8Array.from({ length: height * width * 3 }, (_, i) => {
      const noise = (Math.imul(i + 97 * seed, 2654435761) >>> 24) % 120
      return i % 3 === label ? 100 + noise : noise
    }),
  })

/** An untrained network as the file of an earlier model. */
const sourceFile = async (): Promise<Uint8Array> => {
  const layer = serial(conv2d(6, 3, { padding: 'same' }), relu, conv2d(8, 3), relu, globalAveragePool, dense(2))
  const params = layer.init(key(1), [...rule.size, 3])
  try {
    return await encodeModel(params, {
      ...{ format: 'ptu-model/2', spec: layer.spec, blocks: ['one', 'a', 'two', 'b'], shape: [...rule.size, 3] },
      ...{ classes: ['x', 'y'], vocabulary: null, image: rule, normalisation: { mean: 120, deviation: 60 } },
      ...{
        method: 'ptu',
        rate: 1e-3,
        seed: 0,
        steps: 1,
        sourceData: null,
        targetData: 'none',
        accuracy: null,
        gates: [],
      },
    })
  } finally {
    disposeParams(params)
  }
}

interface Metadata {
  readonly labels: readonly string[]
  readonly photo: ImageRule
}

interface Predicted {
  readonly images: readonly { readonly classes: readonly { readonly name: string; readonly probability: number }[] }[]
}

const picture = pictureOf(1, 50)

let box: Sandbox
/** The probabilities of the picture from `ptu predict`, by class. */
let predicted: Readonly<Record<string, number>>

beforeAll(async () => {
  box = await openSandbox()
  await writeFile(join(box.folder, 'source.safetensors'), await sourceFile())
  for (const [label, name] of ['red', 'green'].entries()) {
    await mkdir(join(box.folder, 'photos', name), { recursive: true })
    for (let i = 0; i < 6; i++) await writeFile(join(box.folder, 'photos', name, `${i}.png`), pictureOf(label, i))
  }
  await writeFile(join(box.folder, 'new.png'), picture)
  const trained = await box.ptu(
    'train @photos --model @source.safetensors --freeze 1 --steps 8 --batch 4 --backend cpu --workers 1 --out @model',
  )
  expect(trained).toMatchObject({ code: 0 })
  expect(trained.stdout).toContain('model/report.html')
  const { stdout, code } = await box.ptu('predict @model @new.png --json --backend cpu')
  expect(code).toBe(0)
  const { images } = JSON.parse(stdout) as Predicted
  predicted = Object.fromEntries((images[0]?.classes ?? []).map(({ name, probability }) => [name, probability]))
})
afterAll(async () => box.remove())

const model = (file: string): string => join(box.folder, 'model', file)

/** The largest difference between two sets of probabilities. */
const apart = (found: Readonly<Record<string, number>>): number =>
  Math.max(...Object.entries(predicted).map(([name, p]) => Math.abs(p - (found[name] ?? NaN))))

const tfjs = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json')), 'dist/tf.min.js')

/** The page of the document, with TensorFlow.js from here. */
const documented = async (): Promise<string> => {
  const text = await readFile(join(import.meta.dirname, '../../../docs/photos-to-a-web-page.md'), 'utf8')
  const [, page = ''] = /```html\n([^]*?)\n```/.exec(text) ?? []
  return page.replace(/src="https:[^"]+"/, 'src="/tf.js"')
}

/** Chooses the picture in the page of the document, and reports what the page then shows. */
const driver = `<!doctype html><body><script type="module">
const until = async (what) => {
  for (let tries = 0; !what(); tries++) {
    if (tries > 1000) throw new Error('the page does not answer')
    await new Promise((settle) => setTimeout(settle, 20))
  }
}
const report = async () => {
  const { pixelsOf } = await import('/model/pixels.js')
  const file = new File([await (await fetch('/new.png')).blob()], 'new.png', { type: 'image/png' })
  const frame = Object.assign(document.createElement('iframe'), { src: '/model/mine.html' })
  document.body.append(frame)
  const at = (id) => frame.contentDocument?.getElementById(id)
  await until(() => at('file')?.onchange)
  const files = new DataTransfer()
  files.items.add(file)
  at('file').files = files.files
  at('file').dispatchEvent(new Event('change'))
  await until(() => at('answer').textContent !== '')
  return { found: JSON.parse(at('answer').textContent), pixels: [...(await pixelsOf(file, ${JSON.stringify(rule)}))] }
}
const answer = await report().catch((error) => ({ error: String(error) }))
await fetch('/done', { method: 'POST', body: JSON.stringify(answer) })
</script>`

const respond: Respond = async (path) => {
  if (path === '/') return ['text/html', driver]
  if (path === '/tf.js') return ['text/javascript', await readFile(tfjs)]
  if (path === '/new.png') return ['image/png', Buffer.from(picture)]
  if (path === '/model/mine.html') return ['text/html', await documented()]
  const [, file] = /^\/model\/([\w-]+\.\w+)$/.exec(path) ?? []
  if (file === undefined) return undefined
  return [file.endsWith('.js') ? 'text/javascript' : 'application/octet-stream', await readFile(model(file))]
}

describe('a model that ptu train made', () => {
  it('tells two classes by probabilities that add up to 1, and leaves its report', async () => {
    expect(Object.keys(predicted).toSorted()).toEqual(['green', 'red'])
    expect(Object.values(predicted).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
    const report = await readFile(model('report.html'), 'utf8')
    expect(report).toContain(`--model ${join(box.folder, 'source.safetensors')}`)
    expect(report).toContain('data:image/png;base64,')
    expect(JSON.parse(await readFile(model('train.json'), 'utf8'))).toMatchObject({ unsure: { length: 12 } })
  })

  it('is gone on from by a later model that knows the examples of both trainings', async () => {
    await mkdir(join(box.folder, 'more', 'blue'), { recursive: true })
    for (let i = 0; i < 6; i++) await writeFile(join(box.folder, 'more', 'blue', `${i}.png`), pictureOf(2, i))
    const trained = await box.ptu(
      'train @more --model @model --steps 8 --batch 4 --backend cpu --workers 1 --out @later',
    )
    expect(trained).toMatchObject({ code: 0 })
    expect(trained.stdout).toContain('12 of its examples are learnt again')
    const tested = await box.ptu('evaluate @later --data @photos --json --backend cpu')
    expect(JSON.parse(tested.stdout)).toMatchObject({ count: 12, seen: 'trained on' })
  })

  it('gives the same probabilities in tfjs without ptu, in Node', async () => {
    const loaded = await loadLayersModel(fileHandler(join(box.folder, 'model')))
    const { labels, photo } = loaded.getUserDefinedMetadata() as unknown as Metadata
    expect(photo).toMatchObject(rule)
    const x = tensor(await imagePixels(picture, photo), [1, ...photo.size, photo.channels], 'float32')
    const y = loaded.predict(x) as Tensor
    const probabilities = await y.data()
    expect(apart(Object.fromEntries(labels.map((name, i) => [name, probabilities[i] ?? NaN])))).toBeLessThan(1e-4)
    for (const one of [x, y]) one.dispose()
    loaded.dispose()
  })

  it('has a pixels.js that makes the bytes that the reader makes in Node', async () => {
    const copy = join(box.folder, 'pixels.mjs')
    await writeFile(copy, await readFile(model('pixels.js')))
    const { pixelsOf } = (await import(/* @vite-ignore */ pathToFileURL(copy).href)) as {
      pixelsOf: (raster: object, wanted: ImageRule) => Promise<Uint8Array>
    }
    const { data: rgb } = decode(picture)
    const data = Uint8Array.from({ length: 4 * height * width }, (_, i) =>
      i % 4 === 3 ? 255 : (rgb[3 * Math.floor(i / 4) + (i % 4)] ?? 0),
    )
    expect(await pixelsOf({ width, height, data }, rule)).toEqual(await imagePixels(picture, rule))
  })

  it.skipIf(!hasChromium)(
    `gives the same probabilities in the page of the document, in Chromium (skipped without ${chromiumPath})`,
    async () => {
      type Report = { readonly error?: string; readonly found: Record<string, number>; readonly pixels: number[] }
      const { error, found, pixels } = await reportFromPage<Report>(respond)
      expect(error).toBeUndefined()
      expect(pixels).toEqual([...(await imagePixels(picture, rule))])
      expect(apart(found)).toBeLessThan(1e-4)
    },
  )
})
