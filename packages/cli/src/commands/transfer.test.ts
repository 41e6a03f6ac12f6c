import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, takenForLabel, withoutSeconds, type Outcome, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

const line = `transfer ${small} --steps 60 --seed 3`

const document = ({ stdout }: Outcome): Readonly<Record<string, unknown>> =>
  JSON.parse(stdout) as Readonly<Record<string, unknown>>

const bytes = (path: string): Promise<Buffer> => readFile(join(box.folder, path))

beforeAll(async () => {
  box = await openSandbox()
  const stderr = takenForLabel(box, 'from.csv', 'to.csv')
  expect(await box.ptu(`${line} --out @runs/a`)).toMatchObject({ code: 0, stderr })
  const [head = '', ...rows] = (await bytes('to.csv')).toString().trim().split('\n')
  // Without the first two rows, and with the classes in another order.
  await writeFile(join(box.folder, 'other.csv'), [head, ...rows.slice(2).toReversed(), ''].join('\n'))
  await writeFile(join(box.folder, 'dogs.csv'), [head, ...rows.filter((row) => row.endsWith('dog')), ''].join('\n'))
})
afterAll(async () => box.remove())

describe('ptu transfer', () => {
  it('makes the model that a comparison tests', async () => {
    const compared = document(
      await box.ptu(`compare ${small} --steps 60 --seed 3 --seeds 2 --strategies ptu --json --out @runs/compared`),
    )
    const [first, second] = compared['runs'] as readonly { readonly accuracy: number; readonly gates: unknown }[]
    const made = document(await box.ptu('inspect @runs/a --json'))
    expect([made['accuracy'], made['gates']]).toEqual([first?.accuracy, first?.gates])
    expect(await box.ptu(`${line} --draw 4 --out @runs/next`)).toMatchObject({ code: 0 })
    const next = document(await box.ptu('inspect @runs/next --json'))
    expect([next['accuracy'], next['gates']]).toEqual([second?.accuracy, second?.gates])
  })

  it('goes on after an interruption to the same bytes', async () => {
    const controller = new AbortController()
    const progress = (title: string) => ({
      set: (done: number) => {
        if (title === 'ptu' && done > 30) controller.abort()
      },
      stop: () => undefined,
    })
    const stopped = await box.ptu(`${line} --out @runs/b`, { signal: controller.signal, progress })
    expect(stopped).toMatchObject({ code: 130, stdout: '' })
    expect(stopped.stderr).toContain('repeat the command with --resume')
    const resumed: number[] = []
    const following = () => ({ set: (done: number) => resumed.push(done), stop: () => undefined })
    expect(await box.ptu(`${line} --out @runs/b --resume`, { progress: following })).toMatchObject({ code: 0 })
    expect(Math.min(...resumed)).toBeGreaterThan(30)
    expect(await bytes('runs/b/model.safetensors')).toEqual(await bytes('runs/a/model.safetensors'))
  })

  it.each(['scratch', 'share-1', 'fine-tune', 'ptu-three'])(
    'saves a plain network of one size for %s',
    async (strategy) => {
      const made = document(await box.ptu(`transfer ${small} --strategy ${strategy} --json --out @runs/${strategy}`))
      expect(made).toMatchObject({ method: strategy, parameters: 9282, bytes: 4 * 9282, rescaled: true })
      expect(made['foldError']).toBeLessThan(1e-4)
    },
  )

  it('refuses a depth that the network does not have', async () => {
    const { code, stderr } = await box.ptu(`transfer ${small} --strategy share-3 --out @runs/deep`)
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /expected a depth from 1 to 2, the blocks of mlp trained on .*from\.csv \(dense1, dense2\); got 3/,
    )
  })

  it('begins a training anew where its checkpoint is damaged, says so, and makes the same bytes', async () => {
    const path = join(box.folder, 'runs/b/checkpoints/seed3-ptu.safetensors')
    const damaged = Uint8Array.from(await readFile(path))
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    await writeFile(path, damaged)
    const { code, stderr } = await box.ptu(`${line} --out @runs/b --resume`)
    expect(code).toBe(0)
    expect(stderr).toContain('its checksum does not match')
    expect(stderr).toContain('the training begins anew')
    expect(await bytes('runs/b/model.safetensors')).toEqual(await bytes('runs/a/model.safetensors'))
  })

  it('ends with a message that names the step where the loss is no number', async () => {
    const huge = (await bytes('to.csv')).toString().replaceAll(/\d\.\d{4}/g, '$&e37')
    await writeFile(join(box.folder, 'huge.csv'), huge)
    const { code, stderr } = await box.ptu(`${line.replace('@to.csv', '@huge.csv')} --out @runs/nan`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^ptu: ptu, seed 3: the loss is NaN at step \d+: lower the learning rate/m)
  })
})

describe('ptu evaluate', () => {
  it('tests on what was held out of the very data, and counts what is taken for what', async () => {
    const found = document(await box.ptu('evaluate @runs/a/model.safetensors --data @to.csv --backend cpu --json'))
    expect(found).toMatchObject({ count: 24, classes: ['dog', 'eel'], seen: 'held out' })
    const [[dogs = 0, notDogs = 0] = [], [notEels = 0, eels = 0] = []] = found['confusion'] as readonly number[][]
    expect([dogs + notDogs, notEels + eels]).toEqual([12, 12])
    expect(found['accuracy']).toBeCloseTo((dogs + eels) / 24, 12)
    expect(found['accuracy']).toBeGreaterThan(0.8)
  })

  it('draws as many examples as it is told, the same for one seed', async () => {
    const draw = async (seed: number): Promise<unknown> =>
      document(
        await box.ptu(
          `evaluate @runs/a/model.safetensors --data @to.csv --limit 9 --seed ${seed} --backend cpu --json`,
        ),
      )
    expect(await draw(1)).toMatchObject({ count: 9 })
    expect(await draw(1)).toEqual(await draw(1))
  })

  it('writes the document to a file as well', async () => {
    const { stdout } = await box.ptu(
      'evaluate @runs/a/model.safetensors --data @to.csv --backend cpu --json --out @found.json',
    )
    expect(JSON.parse((await bytes('found.json')).toString())).toEqual(JSON.parse(stdout))
  })

  it.each([
    ['--data @from.csv', 'expected the classes "dog", "eel", got "ant", "bee", "cat" besides'],
    ['--data @dogs.csv', 'an accuracy of one class says nothing'],
    ['--data mnist:0-1', 'expected examples of 6, mnist:0-1 has 28 × 28 × 1'],
  ])('refuses data of another task: %s', async (options, message) => {
    const { code, stderr } = await box.ptu(`evaluate @runs/a/model.safetensors --backend cpu ${options}`)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })

  it('tests on all of data that it does not know, which may lack classes or have them in another order', async () => {
    const found = document(await box.ptu('evaluate @runs/a/model.safetensors --data @other.csv --backend cpu --json'))
    expect(found).toMatchObject({ count: 78, classes: ['dog', 'eel'], seen: 'new' })
    expect(found['accuracy']).toBeGreaterThan(0.8)
  })

  it('takes columns by name in any order, and refuses others', async () => {
    const model = 'evaluate @runs/a/model.safetensors --backend cpu --json'
    const [head = '', ...rows] = (await bytes('to.csv')).toString().trim().split('\n')
    const turned = (line: string): string =>
      line
        .split(',')
        .with(0, line.split(',')[5] ?? '')
        .with(5, line.split(',')[0] ?? '')
        .join()
    await writeFile(join(box.folder, 'turned.csv'), [head, ...rows].map(turned).join('\n'))
    const found = document(await box.ptu(`${model} --data @turned.csv`))
    expect(found).toEqual(document(await box.ptu(`${model} --data @to.csv`)))
    expect(found).toMatchObject({ seen: 'held out' })
    await writeFile(join(box.folder, 'renamed.csv'), [head.replace(/^[^,]*/, 'odd'), ...rows].join('\n'))
    const { code, stderr } = await box.ptu(`${model} --data @renamed.csv`)
    expect([code, stderr]).toEqual([1, expect.stringContaining('with "odd" too many')])
  })

  it('lists the tensors of a file of no architecture that is known', async () => {
    const header = JSON.stringify({ kernel: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } })
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    await writeFile(join(box.folder, 'some.safetensors'), Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]))
    const { code, stdout } = await box.ptu('inspect @some.safetensors --backend cpu')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^kernel +1 +float32$/m)
    expect(stdout).toContain('tensors of no architecture that is known')
    expect(stdout).toContain('as a model of ptu: it was not written by ptu')
  })

  it('refuses to test on nothing', async () => {
    const none = await box.ptu('evaluate @runs/a/model.safetensors --data @to.csv --limit 0 --backend cpu')
    expect(none).toMatchObject({ code: 2, stdout: '' })
  })

  it('refuses files that are no models of a transfer, or damaged ones', async () => {
    const model = await bytes('runs/a/model.safetensors')
    const changed = Uint8Array.from(model)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    await writeFile(join(box.folder, 'cut.safetensors'), model.subarray(0, -1))
    await writeFile(join(box.folder, 'changed.safetensors'), changed)
    for (const name of ['cut', 'changed'])
      for (const command of ['evaluate', 'inspect']) {
        const options = command === 'evaluate' ? ' --data @to.csv' : ''
        const { code, stdout, stderr } = await box.ptu(`${command} @${name}.safetensors${options} --backend cpu`)
        expect([code, stdout]).toEqual([1, ''])
        expect(stderr).toContain(`${name}.safetensors`)
      }
  })
})

describe('ptu inspect', () => {
  it('shows blocks, parameters and gates', async () => {
    const { stdout } = await box.ptu('inspect @runs/a --backend cpu')
    expect(stdout).toMatch(/^1 +dense1 +896 +4 kB +flatten, dense, relu$/m)
    expect(stdout).toMatch(/^3 +head +130 +520 B +dense$/m)
    expect(stdout).toMatch(/^dense2 +update +0\.\d{3} .*█/m)
  })
})

describe('documents', () => {
  it('differ in nothing but seconds from run to run', async () => {
    const [once, twice] = [
      document(await box.ptu(`transfer ${small} --json --out @runs/once`)),
      document(await box.ptu(`transfer ${small} --json --out @runs/twice`)),
    ]
    expect(withoutSeconds({ ...once, path: '' })).toEqual(withoutSeconds({ ...twice, path: '' }))
  })
})
