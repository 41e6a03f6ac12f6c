import { key } from '@ptu/core'
import { relu, tanh } from '@ptu/layers'
import { disposeSource, initBody } from '@ptu/networks'
import { decodeMetadata, disposeParams, encodeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { messageIn, rightOf, smallBody, smallInput, smallNetwork } from '../../tests/small-network.ts'
import { decodeNetwork, layersOf, openNetwork, portable } from './portable-network.ts'

/** A file of a network with other metadata. */
const fileWith = async (metadata: Readonly<Record<string, string>>): Promise<Uint8Array> => {
  const params = initBody(smallBody, key(0), smallInput.shape)
  const bytes = await encodeParams(params, metadata)
  disposeParams(params)
  return bytes
}

describe('a network as plain data', () => {
  it('is opened to the same layers and the same bits', async () => {
    const params = initBody(smallBody, key(0), smallInput.shape)
    const network = await portable(smallBody, params, smallInput)
    const source = rightOf(await openNetwork(network)())
    expect(source.blocks.map(({ name, layer }) => [name, layer.spec])).toEqual(
      smallBody.map(({ name, layer }) => [name, layer.spec]),
    )
    expect(await encodeParams(source.blocks.map((block) => block.params))).toEqual(await encodeParams(params))
    disposeParams(params)
    disposeSource(source)
  })

  it('has one digest where no encoding is known, however that is said', async () => {
    const params = initBody(smallBody, key(0), smallInput.shape)
    const { digest } = await portable(smallBody, params, smallInput)
    expect((await portable(smallBody, params, { ...smallInput, encoding: undefined })).digest).toBe(digest)
    disposeParams(params)
  })

  it('is decoded from its bytes with the other metadata of the file', async () => {
    const params = initBody(smallBody, key(0), smallInput.shape)
    const network = await portable(smallBody, params, smallInput, { facts: 'four' })
    disposeParams(params)
    const { metadata, ...decoded } = rightOf(await decodeNetwork(Uint8Array.from(network.bytes))())
    expect(decoded).toEqual(network)
    expect(metadata).toEqual({ facts: 'four' })
  })

  it('lies in memory that threads share', async () => {
    const { bytes } = await smallNetwork()
    expect(bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
    const decoded = rightOf(await decodeNetwork(Uint8Array.from(bytes))())
    expect(decoded.bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('has a digest of weights, specs, names and input rule, not of other metadata', async () => {
    const params = initBody(smallBody, key(0), smallInput.shape)
    const { digest } = await portable(smallBody, params, smallInput)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect((await portable(smallBody, params, smallInput, { more: 'x' })).digest).toBe(digest)
    const renamed = smallBody.map(({ layer }, i) => ({ name: `block${i}`, layer }))
    const others = [
      await smallNetwork(1),
      await portable(renamed, params, smallInput),
      await portable(smallBody, params, { ...smallInput, normalisation: { mean: 0, deviation: 127.5 } }),
      await portable(smallBody, params, { ...smallInput, image: { size: [8, 8], channels: 3, fit: 'crop' } }),
    ]
    disposeParams(params)
    for (const layer of [relu, tanh]) others.push(await portable([{ name: 'one', layer }], [[]], smallInput))
    expect(new Set([digest, ...others.map((other) => other.digest)]).size).toBe(7)
  })
})

describe('a file that is no network', () => {
  it('is refused where it is cut short', async () => {
    const { bytes } = await smallNetwork()
    for (const length of [0, 7, 200, bytes.length - 1]) {
      const cut = Uint8Array.from(bytes.subarray(0, length))
      expect(E.isLeft(await decodeNetwork(cut)()), `${length} bytes`).toBe(true)
    }
  })

  it('is refused where its metadata are missing or hostile', async () => {
    const { bytes } = await smallNetwork()
    const { network = '' } = rightOf(await decodeMetadata(Uint8Array.from(bytes))())
    const head = JSON.parse(network) as { readonly input: object }
    const hostile: readonly unknown[] = [
      { ...head, blocks: [] },
      { ...head, blocks: [{ name: 3, spec: { type: 'relu' } }] },
      { ...head, digest: null },
      { ...head, input: { ...head.input, shape: [1e400, 3] } },
      { ...head, input: { ...head.input, shape: [0] } },
      { ...head, input: { ...head.input, normalisation: { mean: 0, deviation: 0 } } },
      { ...head, input: { ...head.input, image: { size: [8, 1e9], channels: 3, fit: 'crop' } } },
      { ...head, input: { ...head.input, image: { size: [8, 8], channels: 3, fit: 'eval' } } },
    ]
    for (const metadata of [
      {},
      { network: 'no JSON' },
      ...hostile.map((value) => ({ network: JSON.stringify(value) })),
    ])
      expect(messageIn(await decodeNetwork(await fileWith(metadata))()), JSON.stringify(metadata)).toBe(
        'it does not hold a network of ptu',
      )
  })

  it('is refused by the name of the block whose layer nobody knows', async () => {
    const network = await smallNetwork()
    const spec = { type: 'import', from: '/etc/passwd' }
    const blocks = [...network.blocks.slice(0, 2), { name: 'three', spec }]
    const refused = messageIn(await openNetwork({ ...network, blocks })())
    expect(refused).toContain('block three: ')
    expect(refused).toContain('@ptu/layers')
    expect(messageIn(layersOf(blocks))).toBe(refused)
  })
})
