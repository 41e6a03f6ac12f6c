import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf, smallInput, smallNetwork } from '../../tests/small-network.ts'
import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import { pretrained } from '../tasks/regime.ts'
import { bodies } from './bodies.ts'
import { memoryNetworks } from './network-store.ts'
import { openedSource, type OpenModel } from './opened-source.ts'
import type { PortableNetwork } from './portable-network.ts'
import type { PreparedSource, SourceContext } from './source.ts'

const context: SourceContext = {
  ...{ bodies, networks: memoryNetworks(), signal: new AbortController().signal, warn: () => undefined },
}

let network: PortableNetwork

beforeAll(async () => {
  network = await smallNetwork()
})

const opening = (of: PortableNetwork): OpenModel => {
  return (path) => TE.right({ name: path, title: `small from ${path}`, network: of, parameters: 7 })
}

const prepare = (fields: Readonly<Record<string, number | string | readonly number[]>>, of = network) =>
  openedSource(opening(of)).prepare({ kind: 'opened', path: 'a.pth', ...fields }, context)()

/** The same blocks again and again. */
const long = (count: number): PortableNetwork => ({
  ...network,
  blocks: Array.from({ length: count }, (_, i) => ({ name: `b${i}`, spec: { type: 'relu' } })),
})

describe('a source from a file', () => {
  it('freezes all but the last four blocks unless told otherwise', async () => {
    for (const [count, frozen] of [
      [3, 0],
      [4, 0],
      [5, 1],
      [19, 15],
    ] as const)
      expect(rightOf(await prepare({}, long(count))).frozen).toBe(frozen)
    expect(rightOf(await prepare({ freeze: 2 })).frozen).toBe(2)
    expect(rightOf(await prepare({ freeze: 0 }, long(9))).frozen).toBe(0)
  })

  it('leaves at least one block that may learn', async () => {
    const refused = await prepare({ freeze: 3 })
    expect(E.isLeft(refused) && refused.left).toBeInstanceOf(UsageError)
    expect(messageIn(refused)).toBe('--freeze: expected 0 to 2 of the 3 blocks of a.pth, got 3')
  })

  it('says what it is, so that a run can be told from those with another network', async () => {
    const prepared: PreparedSource = rightOf(await prepare({ freeze: 1, input: [8, 8] }))
    expect(prepared).toMatchObject({
      name: 'a.pth',
      title: 'small from a.pth',
      spec: { kind: 'opened', path: 'a.pth', digest: network.digest, input: [8, 8], freeze: 1 },
      input: smallInput,
      regime: pretrained,
    })
    expect(prepared.body.map(({ name }) => name)).toEqual(['one', 'two', 'three'])
    expect([prepared.data, prepared.problem]).toEqual([undefined, undefined])
  })

  it('is there at once, with the facts that are known', async () => {
    const { open } = rightOf(await prepare({}))
    const opened = await open(undefined as never, () => undefined)()
    expect(opened).toEqual(E.right({ network, facts: { accuracy: null, chance: null, parameters: 7, seconds: 0 } }))
  })

  it('hands the size of its input to the reader, and the failure of the reader on', async () => {
    const asked: unknown[] = []
    const failing: OpenModel = (path, options) => {
      asked.push([path, options])
      return TE.left<ExperimentError>(new RunError('no such file'))
    }
    const refused = await openedSource(failing).prepare({ kind: 'opened', path: 'b', input: [96, 64] }, context)()
    expect(messageIn(refused)).toBe('no such file')
    expect(asked).toEqual([['b', { input: [96, 64] }]])
  })

  it('hands cuts and a ready-made body to the reader, and is another run with them', async () => {
    const asked: unknown[] = []
    const asking: OpenModel = (path, { cut, until, body }) => {
      asked.push([cut, until, body?.name])
      return opening(network)(path, {})
    }
    const cuts = { cut: ['one', '2'], until: 'three', body: 'lenet' }
    const prepared = rightOf(
      await openedSource(asking).prepare({ kind: 'opened', path: 'b', freeze: 0, ...cuts }, context)(),
    )
    expect(asked).toEqual([[['one', '2'], 'three', 'lenet']])
    expect(prepared.spec).toMatchObject(cuts)
    const refused = await openedSource(asking).prepare({ kind: 'opened', path: 'b', body: 'lenett' }, context)()
    expect(messageIn(refused)).toContain('--body: expected lenet, mlp')
    expect(messageIn(refused)).toContain('did you mean "lenet"?')
    expect(asked).toHaveLength(1)
  })

  it('is refused with fields that make no sense', async () => {
    for (const fields of [{ freeze: -1 }, { freeze: 1.5 }, { input: [8] }, { input: [0, 8] }, { path: 3 }, { more: 1 }])
      expect(messageIn(await prepare(fields)), JSON.stringify(fields)).toContain('the source cannot be used:')
  })
})
