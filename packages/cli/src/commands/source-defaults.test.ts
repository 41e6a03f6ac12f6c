import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { fileHandler } from '@ptu/tfjs-layers'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox
beforeAll(async () => {
  box = await openSandbox()
  await pixels('dots', 0)
  await pixels('spots', 30)
  await box.ptu('doctor --backend cpu')
})
afterAll(() => box.remove())

/** A folder of images of one pixel, twelve of a dark and twelve of a light colour. */
const pixels = async (name: string, shift: number): Promise<void> => {
  for (const [c, level] of [40, 180].entries()) {
    const folder = join(box.folder, name, `class${c}`)
    await mkdir(folder, { recursive: true })
    for (let i = 0; i < 12; i++) {
      const data = Uint8Array.of(level + shift + i, level + 2 * i, level)
      await writeFile(join(folder, `${i}.png`), encode({ width: 1, height: 1, channels: 3, depth: 8, data }))
    }
  }
}

const compared = (source: string, target: string, more = '') =>
  box.ptu(
    `compare --source ${source} --target ${target} --backend wasm --shots 5 --steps 4 --seeds 1 --strategies ptu ` +
      `--out @runs/${source.replace(/\W/g, '')}${more.replace(/\W/g, '')}${more}`,
  )

describe('ptu compare without a body and a number of epochs', () => {
  it('trains dense layers on a table until they have learnt', async () => {
    const { code, stdout, stderr } = await compared('@from.csv', '@to.csv')
    expect(code).toBe(0)
    expect(stderr).toMatch(/^the source network is trained for 300 steps: right for [\d.]+ % of a fifth of its data/m)
    expect(stdout).toMatch(/^source mlp trained on .*from\.csv, [\d.]+ % on its own test data/m)
    expect(stdout).not.toContain('Near chance')
  })

  it('takes images of a single pixel', async () => {
    const { code, stdout } = await compared('images:@dots', 'images:@spots')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^source mlp trained on images:.*dots, [\d.]+ % on its own test data/m)
  })

  it('refuses a body that does not fit, in words', async () => {
    for (const data of ['@from.csv', 'images:@dots']) {
      const { code, stderr } = await compared(data, data, ' --body lenet')
      expect(code).toBe(1)
      expect(stderr).toContain('expected examples that fit the body lenet')
      expect(stderr).not.toContain('bug')
    }
  })
})

describe('ptu inspect of a tf.LayersModel', () => {
  it('lists where it can be cut, and where it is', async () => {
    const made = sequential({
      layers: [
        layers.dense({ units: 6, inputShape: [4], name: 'first' }),
        layers.dense({ units: 5, name: 'second' }),
        layers.dense({ units: 2, name: 'classes' }),
      ],
    })
    await made.save(fileHandler(join(box.folder, 'tab')))
    made.dispose()
    for (const path of ['@tab', '@tab/model.json']) {
      const { code, stdout } = await box.ptu(`inspect ${path} --backend cpu`)
      expect(code).toBe(0)
      expect(stdout).toMatch(/^1 +first +ends a block$/m)
      expect(stdout).toMatch(/^2 +second +the last that is used$/m)
      expect(stdout).toMatch(/^3 +classes *$/m)
    }
    const { stdout } = await box.ptu('inspect @tab --backend cpu --json')
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'layers-model',
      input: [4],
      points: [{ number: 1, name: 'first' }, {}, {}],
    })
  })

  it('says that its channels are first, and shows its images with channels last', async () => {
    const conv = layers.conv2d({ filters: 2, kernelSize: 3, dataFormat: 'channelsFirst', inputShape: [3, 8, 6] })
    const made = sequential({ layers: [conv] })
    await made.save(fileHandler(join(box.folder, 'first')))
    made.dispose()
    const axes = 'channels first in the file; images are [height, width, channels] here'
    const { stdout } = await box.ptu('inspect @first --backend cpu')
    expect(stdout).toContain('a tf.LayersModel of inputs 8 × 6 × 3;')
    expect(stdout.trimEnd().endsWith(`axes: ${axes}`)).toBe(true)
    const json = await box.ptu('inspect @first --backend cpu --json')
    expect(JSON.parse(json.stdout)).toMatchObject({ input: [8, 6, 3], axes })
  })
})
