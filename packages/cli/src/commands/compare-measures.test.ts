import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expectedCalibrationError, equalWidth } from '@ptu/analysis'
import { key, uniforms } from '@ptu/core'
import { resultsDecoder, type Results } from '@ptu/experiments'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { undocumentedIn } from '../../tests/documented.ts'
import { openSandbox, small, type Sandbox } from '../../tests/sandbox.ts'
import { calibrationMeasure } from '../measures/calibration.ts'
import { measures } from '../measures/table.ts'

let box: Sandbox

/** Folders of pictures of 8×8 pixels, bright on one side or the other. */
const writePictures = async (
  folder: string,
  names: readonly string[],
  perClass: number,
  seed: number,
): Promise<void> => {
  for (const [label, name] of names.entries()) {
    await mkdir(join(folder, name), { recursive: true })
    for (let i = 0; i < perClass; i++) {
      const noise = uniforms(key(10_000 * seed + 1000 * label + i), 64)
      const data = Uint8Array.from(noise, (u, at) => 120 * u + (at % 8 < 4 === (label === 0) ? 120 : 0))
      await writeFile(join(folder, name, `${i}.png`), encode({ width: 8, height: 8, channels: 1, data }))
    }
  }
}

beforeAll(async () => {
  box = await openSandbox()
  await writePictures(join(box.folder, 'from'), ['left', 'right'], 20, 1)
  await writePictures(join(box.folder, 'to'), ['port', 'starboard'], 16, 0)
})
afterAll(async () => box.remove())

const read = (stdout: string): Results => {
  const decoded = resultsDecoder(JSON.parse(stdout), [])
  if (E.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  return decoded.right
}

const pictures =
  '--source images:@from --target images:@to --body mlp --epochs 4 --allow-untrained --backend cpu --shots 4 --steps 6'

describe('ptu compare --measure', () => {
  it('adds columns of what models stand and how far they can be trusted, to the document, the text and the page', async () => {
    const line = `compare ${pictures} --seeds 3 --strategies share-all,fine-tune-all --measure ${measures.map(({ name }) => name).join(',')}`
    const { code, stdout, stderr } = await box.ptu(`${line} --out @runs/m`)
    expect([code, stderr]).toEqual([0, ''])
    const written = await readFile(join(box.folder, 'runs/m/results.json'), 'utf8')
    const found = read(written)
    const names = measures.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`))
    expect(found.measures?.map(({ name }) => name)).toEqual(names)
    for (const { measures: values = [], accuracy } of found.runs) {
      expect(values.map(({ name }) => name)).toEqual(names)
      const of = (name: string): number => values.find((value) => value.name === name)?.value ?? NaN
      expect(of('corruption.rise')).toBeGreaterThan(0)
      expect(of('corruption.accuracy')).toBeLessThanOrEqual(accuracy)
      expect(of('ood.same')).toBeCloseTo(accuracy, 12) // fewer than 200 pictures
      expect(of('ood.accuracy')).toBeLessThanOrEqual(1)
      expect(of('recombined.same')).toBeCloseTo(accuracy, 12) // fewer than 100 pictures
      for (const part of ['size', 'location', 'rotation', 'middle']) expect(of(`scenes.${part}`)).toBeLessThanOrEqual(1)
      expect(of('code-length.bits')).toBeGreaterThan(0)
      expect(of('code-length.bits')).toBeLessThan(2)
    }
    expect(found.measures?.find(({ name }) => name === 'ood.accuracy')?.beside).toBe('ood.same')
    expect(await undocumentedIn(JSON.parse(written), 'results-schema.md')).toEqual([])
    for (const title of [
      'attacked %',
      'shifted %',
      'log-loss',
      'scenes: size %',
      'bits per label',
      'beyond the line',
    ]) {
      expect(stdout).toContain(title)
      expect(await readFile(join(box.folder, 'runs/m/report.html'), 'utf8')).toContain(title)
    }
    expect(stdout).toMatch(/fine-tune-all .* -?[0-9.]+ \(-?[0-9.]+ to -?[0-9.]+\)/)
  })

  it('refuses other names with the list, and pictures where there are none', async () => {
    const unknown = await box.ptu(`compare ${small} --seeds 1 --strategies ptu --measure speed --out @runs/x`)
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain(
      '--measure: expected corruption, ood, calibration, scenes, recombined, code-length; got "speed"',
    )
    const rows = await box.ptu(`compare ${small} --seeds 1 --strategies ptu --measure ood --out @runs/y`)
    expect(rows.code).toBe(2)
    expect(rows.stderr).toContain('--measure ood: expected examples that are pictures')
    const twice = await box.ptu(`compare ${small} --seeds 1 --strategies ptu --measure ood,ood --out @runs/y`)
    expect(twice.stderr).toContain('"ood" is named twice')
  })
})

describe('the measure of calibration', () => {
  it('is the error of the probabilities of all test examples', async () => {
    const labels = Int32Array.of(0, 1, 1)
    const examples = { shape: [2], features: Float32Array.of(2, 0, 0, 1, 3, 0), labels, classes: ['a', 'b'] }
    const { dense } = await import('@ptu/layers')
    const { tensor1d, tensor2d } = await import('@tensorflow/tfjs-core')
    const params = { kernel: tensor2d([1, 0, 0, 1], [2, 2]), bias: tensor1d([0, 0]) }
    const [error, loss] = await calibrationMeasure.measure({
      ...{ network: dense(2), params, examples, changed: [], normalisation: { mean: 0, deviation: 1 } },
    })
    params.kernel.dispose()
    params.bias.dispose()
    const [first, second, third] = [2, 1, 3].map((logit) => 1 / (1 + Math.exp(-logit))) as [number, number, number]
    const probabilities = Float64Array.of(first, 1 - first, 1 - second, second, third, 1 - third)
    const classified = { probabilities, labels, classes: 2 }
    expect(error).toBeCloseTo(expectedCalibrationError(classified, { binning: equalWidth(10) }), 6)
    expect(loss).toBeCloseTo(-(Math.log(first) + Math.log(second) + Math.log(1 - third)) / 3, 6)
  })
})
