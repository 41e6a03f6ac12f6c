import { getBackend } from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'

import { describeOnBackends, membersFor, skippedLine } from './backends.ts'

const everyName = ['cpu', 'wasm', 'tensorflow', 'tensorflow-gpu', 'webgpu']
const names = (...[options, listed]: Parameters<typeof membersFor>) =>
  membersFor(options, listed).map(({ name }) => name)

describe('the backends of a suite', () => {
  it('are the usual ones, whether it reads at once or later', () => {
    const usual = ['cpu', 'wasm', 'tensorflow']
    expect([names({}, undefined), names({ readsLater: true }, undefined)]).toEqual([usual, usual])
  })

  it('are those that are listed, without one that cannot be read at once unless the suite reads later', () => {
    expect(names({}, ['tensorflow-gpu', 'webgpu', 'cpu'])).toEqual(['cpu', 'tensorflow-gpu'])
    expect(names({ readsLater: true }, ['webgpu'])).toEqual(['webgpu'])
    expect(names({ readsLater: false }, everyName)).toEqual(everyName.slice(0, 4))
  })

  it('have the tolerances that the documentation states', () => {
    const page = readFileSync(new URL('../../../docs/backends.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| (`[^|]*`) +\| (\d+e-\d+) \|/gm)].flatMap(([, listed = '', tolerance]) =>
      [...listed.matchAll(/`([^`]+)`/g)].map(([, name]) => [name, Number(tolerance)]),
    )
    expect(documented.map(([name]) => name)).toEqual(everyName)
    for (const { name, tolerance } of membersFor({ readsLater: true }, everyName)) {
      const stated = new Map(documented.map(([of, number]) => [of, number])).get(name)
      expect([tolerance.absolute, tolerance.relative], name).toEqual([stated, stated])
    }
  })

  it('compute a row by itself, but for libtensorflow', () => {
    const apart = membersFor({ readsLater: true }, everyName).filter(({ rowsByThemselves }) => rowsByThemselves)
    expect(apart.map(({ name }) => name)).toEqual(['cpu', 'wasm', 'webgpu'])
  })

  it('that do not start are named in one line', () => {
    expect(skippedLine('layers', [])).toBe('')
    expect(skippedLine('layers', ['a'])).toBe('layers: skipped on a, which do not start here\n')
    expect(skippedLine('layers', ['a', 'b'])).toBe('layers: skipped on a, b, which do not start here\n')
  })
})

const ran: string[] = []

await describeOnBackends('a suite', ({ name }) => {
  it('runs on the backend that it is told', () => {
    ran.push(getBackend())
    expect(getBackend()).toContain(name === 'tensorflow-gpu' ? 'tensorflow' : name)
  })
  afterAll(() => {
    expect(getBackend()).toBe(ran.at(-1))
  })
})

it('leaves the CPU to the tests after it', () => {
  expect(getBackend()).toBe('cpu')
  expect(new Set(ran).size).toBe(ran.length)
})
