import { copyFile, cp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { scope } from '@ptu/tensor'
import { fileHandler } from '@ptu/tfjs-layers'
import { tensor2d, type Tensor } from '@tensorflow/tfjs-core'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Outcome, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

const document = ({ stdout }: Outcome): Readonly<Record<string, unknown>> =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>>

const write = (name: string, ...lines: readonly string[]): Promise<void> =>
  writeFile(join(box.folder, name), `${lines.join('\n')}\n`)

const readJson = async (path: string): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await readFile(join(box.folder, path), 'utf8')) as Readonly<Record<string, unknown>>

const quick = '--steps 10 --backend cpu'

beforeAll(async () => {
  box = await openSandbox()
  expect(await box.ptu(`train @to.csv --label kind ${quick} --out @trees`)).toMatchObject({ code: 0 })
  const reviews = Array.from({ length: 24 }, (_, i) => {
    const letter = String.fromCharCode(97 + Math.floor(i / 2))
    return i % 2 === 0 ? `a fine book ${letter},good` : `a dull film ${letter},bad`
  })
  await write('reviews.csv', 'body,stars', ...reviews)
  expect(await box.ptu(`train @reviews.csv --label stars ${quick} --out @reviews`)).toMatchObject({ code: 0 })
})
afterAll(() => box.remove())

describe('ptu train on a table', () => {
  it('says what was made of which columns, and shows rows in place of pictures', async () => {
    const { stdout } = await box.ptu('inspect @trees')
    expect(stdout).toContain('80 rows of 2 classes')
    expect(stdout).toContain('inputs: 6 columns: a, b, c, d, e, f')
    expect(stdout).toContain('shipped: probe')
    const page = await readFile(join(box.folder, 'trees/report.html'), 'utf8')
    expect(page).toMatch(/<q>a -?\d/)
    expect(page).toContain('--kind table --label kind')
    expect(page).not.toContain('<img')
    expect(page).not.toMatch(/\bimages?\b/)
  })

  it('writes a tf.LayersModel of the encoded rows, whose metadata say how they are encoded', async () => {
    const model = await loadLayersModel(fileHandler(join(box.folder, 'trees')))
    expect(model.getUserDefinedMetadata()).toMatchObject({
      labels: ['dog', 'eel'],
      encoding: { kind: 'table', label: 'kind', columns: [{ kind: 'number', name: 'a' }, {}, {}, {}, {}, {}] },
    })
    const parity = (await readJson('trees/parity.json')) as {
      readonly examples: readonly { readonly input: readonly number[]; readonly probabilities: readonly number[] }[]
    }
    expect(parity.examples).toHaveLength(10)
    const output = scope(() => model.predict(tensor2d(parity.examples.map(({ input }) => [...input]))) as Tensor)
    const found = await output.data()
    parity.examples
      .flatMap(({ probabilities }) => probabilities)
      .forEach((p, i) => {
        expect(Math.abs(p - (found[i] ?? NaN))).toBeLessThan(1e-4)
      })
    output.dispose()
    model.dispose()
    expect(await box.ptu('export @trees --out @exported')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('its metadata hold the encoding') as string,
    })
  })

  it('is refused with options of another kind, and says what goes with this one', async () => {
    const { code, stderr } = await box.ptu(`train @to.csv --label kind --model net --out @refused`)
    expect([code, stderr]).toEqual([2, expect.stringContaining('--model: it does not go with table') as string])
    await expect(stat(join(box.folder, 'refused'))).rejects.toThrow()
    const other = await box.ptu(`train @to.csv --out @refused`)
    expect(other.stderr).toContain('which column is the label?')
  })

  it('that is refused for its data leaves nothing in its folder', async () => {
    await write('single.csv', 'a,kind', '1,x', '2,x')
    expect(await box.ptu(`train @single.csv --label kind ${quick} --out @single`)).toMatchObject({ code: 1 })
    expect(await readdir(join(box.folder, 'single'))).toEqual([])
  })

  it.each([
    ['cross-validation', 25, 'cut'],
    ['linear probe', 0.3, 'cut-early'],
    ['rows', -1, 'cut-first'],
  ])('ended while %s is at %d goes on to the same model', async (stage, after, out) => {
    const controller = new AbortController()
    const progress = (title: string) => ({
      set: (done: number) => {
        if (title === stage && done > after) controller.abort()
      },
      stop: () => undefined,
    })
    const line = `train @to.csv --label kind --method scratch ${quick} --out @${out}`
    const ended = await box.ptu(line, { signal: controller.signal, progress })
    expect(ended).toMatchObject({ code: 130, stderr: expect.stringContaining('--resume') as string })
    expect(await box.ptu(`${line} --resume`)).toMatchObject({ code: 0 })
    expect(await box.ptu(line.replace(out, `${out}-whole`))).toMatchObject({ code: 0 })
    const bytes = (name: string): Promise<Buffer> => readFile(join(box.folder, name, 'model.safetensors'))
    expect(await bytes(out)).toEqual(await bytes(`${out}-whole`))
    const other = await box.ptu(
      `train @to.csv --label kind --missing mean --method scratch ${quick} --out @${out} --resume`,
    )
    expect(other.stderr).toContain('reading')
  })
})

describe('ptu train on labels that are measurements', () => {
  it('says that each number is learnt as a class of its own', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 10},${0.5 + (i % 10)}`)
    await write('prices.csv', 'size,price', ...rows)
    const { stderr } = await box.ptu(`train @prices.csv --label price ${quick} --method scratch --out @prices`)
    expect(stderr).toContain('the classes are 10 different numbers, from 0.5 to 9.5')
  })
})

describe('ptu predict of rows', () => {
  it('takes columns by name in any order, whatever stands beside them', async () => {
    const [head = '', first = ''] = (await readFile(join(box.folder, 'to.csv'), 'utf8')).split('\n')
    const turn = (row: string): string => ['note', ...row.split(',').slice(0, -1)].toReversed().join(',')
    await write('straight.csv', head, first)
    await write('turned.csv', turn(head), turn(first), 'x,1')
    const [straight, turned] = [
      document(await box.ptu('predict @trees @straight.csv --json')),
      document(await box.ptu('predict @trees @turned.csv --json')),
    ]
    const classesOf = (found: Readonly<Record<string, unknown>>): unknown =>
      (found['rows'] as readonly { readonly classes: unknown }[])[0]?.classes
    expect(classesOf(turned)).toEqual(classesOf(straight))
    expect(turned).toMatchObject({ unreadable: 1, rows: [{}, { why: 'expected 7 cells, got 2' }] })
    expect(turned['notes']).toEqual(['ignored, as training did not have them: the columns "note"'])
  })

  it('tells its progress as rows are labelled, though a small table is read at once', async () => {
    const parts: number[] = []
    const progress = () => ({ set: (done: number, total: number) => parts.push(done / total), stop: () => undefined })
    const rows = (await readFile(join(box.folder, 'to.csv'), 'utf8')).trim().split('\n').slice(0, 81)
    await write('many.csv', ...rows, ...rows.slice(1))
    expect(await box.ptu('predict @trees @many.csv', { progress })).toMatchObject({ code: 0 })
    // 160 rows, 64 at a time.
    expect(parts.map((part) => part.toFixed(1))).toEqual(['0.4', '0.8', '1.0'])
    expect(parts.at(-1)).toBe(1)
  })

  it('prints a table, a CSV table, and refuses a file without a column', async () => {
    const csv = await box.ptu('predict @trees @straight.csv --csv --threshold 1')
    expect(csv.stdout).toMatch(/^path,class,probability,error\n.*straight\.csv:2,,0\.\d+,\n$/)
    const table = await box.ptu('predict @trees @straight.csv')
    expect(table.stdout).toMatch(/^straight\.csv:2 /m)
    const none = await box.ptu('predict @trees')
    expect(none).toMatchObject({ code: 2 })
    expect(none.stderr).toContain('expected files of rows, got none; name files')
    await write('lacking.csv', 'a,b', '1,2')
    const lacking = await box.ptu('predict @trees @lacking.csv')
    expect(lacking.code).toBe(1)
    expect(lacking.stderr).toContain('it lacks "c", "d", "e", "f"')
    expect((await box.ptu('predict @trees --text hello')).code).toBe(2)
  })

  it('refuses to print a CSV table and a document at once', async () => {
    const both = await box.ptu('predict @trees @straight.csv --csv --json')
    expect(both.code).toBe(2)
    expect(document(both)).toEqual({
      error: { kind: 'usage', message: "option '--csv' cannot be used with option '--json'" },
    })
  })

  it('refuses a folder whose model was replaced by another; one that names no digests is taken as it is', async () => {
    const at = (name: string): string => join(box.folder, 'swapped', name)
    await cp(join(box.folder, 'trees'), at(''), { recursive: true })
    await copyFile(join(box.folder, 'cut/model.safetensors'), at('model.safetensors'))
    for (const line of [
      'predict @swapped @straight.csv',
      'evaluate @swapped --data @to.csv',
      'export @swapped --out @e',
    ]) {
      const { code, stderr } = await box.ptu(line)
      expect([code, stderr], line).toEqual([
        1,
        expect.stringContaining('is not the file that model.json beside it') as string,
      ])
    }
    const { userDefinedMetadata, ...rest } = await readJson('swapped/model.json')
    expect(userDefinedMetadata).toMatchObject({
      ptu: { sha256: { 'model.safetensors': expect.any(String) as string } },
    })
    await writeFile(at('model.json'), JSON.stringify(rest))
    expect(await box.ptu('predict @swapped @straight.csv')).toMatchObject({ code: 0 })
  })

  it('labels a text, and a text a line of the standard input', async () => {
    const lines = async function* (): AsyncGenerator<string> {
      yield* await Promise.resolve(['a fine book', 'a dull film'])
    }
    const listed = document(await box.ptu('predict @reviews - --json --top 1', { lines }))
    expect(listed['texts']).toMatchObject([
      { path: 'stdin:1', shown: 'a fine book', classes: [{ name: 'good' }] },
      { path: 'stdin:2', shown: 'a dull film', classes: [{ name: 'bad' }] },
    ])
    const one = await box.ptu('predict @reviews --text fine')
    expect(one.stdout).toContain('good')
  })
})

describe('ptu predict --out', () => {
  it('writes the table that --csv prints, once it is whole, and says how many rows it has', async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? `a fine book ${i}` : `"a dull, film"`))
    await write('many.csv', 'body', ...rows, '" "')
    const { code, stdout } = await box.ptu('predict @reviews @many.csv --out @labels.csv')
    expect([code, stdout.split('\n').slice(0, 2)]).toEqual([
      0,
      ['4000 texts labelled', '1 of 4001 texts could not be read'],
    ])
    const written = await readFile(join(box.folder, 'labels.csv'), 'utf8')
    expect(written).toBe((await box.ptu('predict @reviews @many.csv --csv')).stdout)
    expect(written.split('\n').length).toBe(4003)
  })

  it('leaves the earlier file where the rows break off or nothing is read', async () => {
    await write('kept.csv', 'as it was')
    await write('broken.csv', 'body', ...Array.from({ length: 200 }, () => 'a fine book'), '"open')
    const broken = await box.ptu('predict @reviews @broken.csv --out @kept.csv')
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('row that begins at line 202') as string })
    await write('empty.csv', 'body')
    expect(await box.ptu('predict @reviews @empty.csv --out @kept.csv')).toMatchObject({ code: 2 })
    const full = await box.ptu('predict @reviews @reviews.csv --out /dev/full')
    if (process.platform === 'linux')
      expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('full') as string })
    expect(await readFile(join(box.folder, 'kept.csv'), 'utf8')).toBe('as it was\n')
    const same = await box.ptu('predict @reviews @reviews.csv --out @reviews.csv')
    expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining('another file than those') as string })
  })
})

describe('ptu evaluate of rows', () => {
  it('leaves out the rows that the model was trained on and names them', async () => {
    const [head = '', first = '', second = ''] = (await readFile(join(box.folder, 'to.csv'), 'utf8')).split('\n')
    const shift = (row: string): string => row.replace(/^(-?\d+\.\d+)/, (cell) => `${Number(cell) + 0.01}`)
    const last = (await readFile(join(box.folder, 'to.csv'), 'utf8')).trim().split('\n').at(-1) ?? ''
    await write('mixed.csv', head, first, second, shift(first), shift(last))
    const found = document(await box.ptu('evaluate @trees --data @mixed.csv --json'))
    expect(found).toMatchObject({ count: 2, seen: 'new' })
    const { names } = found['leftOut'] as { readonly names: readonly string[] }
    expect(names.map((name) => name.split('/').at(-1))).toEqual(['mixed.csv:2', 'mixed.csv:3'])
    const all = await box.ptu('evaluate @trees --data @to.csv')
    expect(all.stdout).toContain('80 examples')
    expect(all.stdout).toContain('warning: the model was trained on these very examples')
  })
})
