import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { encodeModel, type Advice, type EvidenceReading, type Results, type TrainResults } from '@ptu/experiments'
import { conv2d, dense, globalAveragePool, relu, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { chromiumPath, hasChromium } from '@ptu/testing'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readingProblems } from './readable-page.ts'
import { undocumentedIn } from './documented.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'

const side = 8

/** A picture of much noise, a little brighter in one colour: the class is this colour. */
const pictureOf = (label: number, seed: number): Uint8Array =>
  encode({
    ...{ width: side, height: side, channels: 3 },
    data: Uint8Array.from({ length: side * side * 3 }, (_, i) => {
      const noise = (Math.imul(i + 97 * seed, 2654435761) >>> 24) % 120
      return i % 3 === label ? 9 + noise : noise
    }),
  })

const source = async (): Promise<Uint8Array> => {
  const layer = serial(conv2d(4, 3, { padding: 'same' }), relu, conv2d(4, 3), relu, globalAveragePool, dense(2))
  const params = layer.init(key(1), [side, side, 3])
  const bytes = await encodeModel(params, {
    ...{ format: 'ptu-model/2', spec: layer.spec, blocks: ['one', 'a', 'two', 'b'], shape: [side, side, 3] },
    ...{ classes: ['x', 'y'], vocabulary: null, image: { size: [side, side], channels: 3, fit: 'crop' } },
    ...{ normalisation: { mean: 120, deviation: 60 }, method: 'ptu', rate: 1e-3, seed: 0, steps: 1 },
    ...{ sourceData: null, targetData: 'none', accuracy: null, gates: [] },
  })
  disposeParams(params)
  return bytes
}

const network = '--model @source.safetensors --freeze 1 --backend cpu'
const comparing = `compare ${network} --target @photos --shots 3 --seeds 2 --steps 4 --strategies share-all,ptu-evidence --out @run`
const training = `train @photos ${network} --method fine-tune-all --steps 4 --batch 4 --workers 1 --out @model`

let box: Sandbox
let compared: Results
let trained: TrainResults
let advised: Advice

const json = async <A>(words: string): Promise<A> => {
  const { code, stdout } = await box.ptu(`${words} --json`)
  expect([words, code]).toEqual([words, 0])
  return JSON.parse(stdout) as A
}
const read = (path: string): Promise<string> => readFile(join(box.folder, path), 'utf8')

beforeAll(async () => {
  box = await openSandbox()
  await writeFile(join(box.folder, 'source.safetensors'), await source())
  for (const [label, name] of ['red', 'green', 'blue'].entries()) {
    await mkdir(join(box.folder, 'photos', name), { recursive: true })
    for (let i = 0; i < 6; i++) await writeFile(join(box.folder, 'photos', name, `${i}.png`), pictureOf(label, i))
  }
  compared = await json(comparing)
  trained = await json(training)
  advised = await json(`advise ${network} --data @photos`)
}, 300_000)
afterAll(() => box.remove())

/** The part of an advice that is a reading. */
const readingIn = ({ data, ...advice }: Advice): EvidenceReading => {
  const { judge, margin, outcome, advantage, blocks, reason, method, hypotheses } = advice
  return {
    examples: data.used,
    judge,
    margin,
    outcome,
    advantage,
    blocks,
    advice: advice.advice,
    reason,
    method,
    hypotheses,
  }
}

/** The cells of the table behind the picture, row by row. */
const rowsIn = (page: string, caption: string): readonly (readonly string[])[] => {
  const [, table = ''] = new RegExp(`<caption class="heard">${caption}[^]*?<tbody>([^]*?)</tbody>`).exec(page) ?? []
  return Array.from(table.matchAll(/<tr>([^]*?)<\/tr>/g), ([, row = '']) =>
    Array.from(row.matchAll(/<t[hd][^>]*>([^<]*)</g), ([, cell = '']) => cell),
  )
}

describe('the evidence in the results of a training', () => {
  it('is what ptu advise says of the same labels, to the last bit, and stands among the notes', () => {
    expect(trained.evidence).toEqual(readingIn(advised))
    expect(trained.evidence?.hypotheses).toHaveLength(3)
    expect(trained.notes.filter((note) => note.includes(advised.reason))).toHaveLength(1)
  })

  it('is drawn in the report with the same numbers, and chose nothing', async () => {
    const page = await read('model/report.html')
    expect(rowsIn(page, 'Evidence of the labels')).toEqual(
      advised.hypotheses.map(({ name, loss, standardError, advantage }) => [
        ...[name, loss.toFixed(2), standardError.toFixed(2), (18 * loss).toFixed(1)],
        `${advantage < -0.05 ? '-' : '+'}${Math.abs(advantage).toFixed(1)}`,
      ]),
    )
    expect(page).toContain('Nothing was chosen by it')
    expect(JSON.parse(await read('model/train.json'))).toEqual(trained)
    expect(await undocumentedIn(trained, 'train-schema.md')).toEqual([])
  })

  it('is the same in a report that is made again from the folder', async () => {
    const before = await read('model/report.html')
    await rm(join(box.folder, 'model/report.html'))
    await json(`${training} --resume`)
    const sectionOf = (page: string): string | undefined =>
      /<h2>What the labels say of the source[^]*?<\/table>/.exec(page)?.[0]
    expect(sectionOf(await read('model/report.html'))).toBe(sectionOf(before))
    expect(sectionOf(before)).toBeDefined()
  })
})

describe('the evidence in the results of a comparison', () => {
  it('is kept for each draw of the method that followed it, as ptu advise says of a draw', async () => {
    const found = compared.runs.filter(({ evidence }) => evidence !== undefined)
    expect(found.map(({ method, seed }) => [method, seed])).toEqual([
      ['ptu-evidence', 0],
      ['ptu-evidence', 1],
    ])
    expect(found[1]?.evidence).toEqual(readingIn(await json(`advise ${network} --target @photos --shots 3 --seed 1`)))
    expect(found[1]?.evidence?.hypotheses).not.toEqual(found[0]?.evidence?.hypotheses)
  })

  it('is drawn draw by draw in the report, also in one that is made again from the folder', async () => {
    const runs = compared.runs.filter(({ method }) => method === 'ptu-evidence')
    const expected = runs.map(({ seed, evidence }) => [
      `seed ${seed}`,
      ...(evidence?.hypotheses ?? []).map(({ loss, advantage }) => {
        const lead = `${advantage < -0.05 ? '-' : '+'}${Math.abs(advantage).toFixed(1)}`
        return `${(9 * loss).toFixed(1)}${advantage === 0 ? '' : ` (${lead})`}`
      }),
      { departs: 'departs', usual: 'usual recipe', undecided: 'not decisive' }[evidence?.outcome ?? 'usual'],
      evidence?.advice,
    ])
    expect(expected).toHaveLength(2)
    expect(rowsIn(await read('run/report.html'), 'Sums of losses')).toEqual(expected)
    await rm(join(box.folder, 'run/report.html'))
    await json(`${comparing} --resume`)
    expect(rowsIn(await read('run/report.html'), 'Sums of losses')).toEqual(expected)
  })
})

describe.skipIf(!hasChromium)(`reports with evidence, in Chromium (skipped without ${chromiumPath})`, () => {
  it.each([
    ['model', 390],
    ['model', 1000],
    ['run', 390],
    ['run', 1000],
  ])('of the folder %s can be read by everyone at %i pixels', async (folder, width) => {
    expect(await readingProblems(await read(`${folder}/report.html`), width)).toEqual([])
  })
})
