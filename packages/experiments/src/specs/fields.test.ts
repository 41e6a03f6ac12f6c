import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { compareConfig } from './compare-config.ts'
import { trainConfig } from './train-config.ts'
import { transferConfig } from './transfer-config.ts'

const messages = (config: unknown): readonly string[] => {
  const decoded = compareConfig(config, [])
  return E.isLeft(decoded) ? decoded.left.map(({ path, message }) => `${path.join('.')}: ${message}`) : []
}

describe('the source of a comparison', () => {
  const own = { model: 'net.pth', input: '96x64', freeze: 3, range: '-1..1' }
  const model = { target: 'photos', ...own }
  const opened = { kind: 'opened', path: 'net.pth', input: [96, 64], freeze: 3, range: '-1..1' }

  it('is opened from a file with what is said of its input', () => {
    expect(compareConfig(model, [])).toMatchObject({ right: { spec: { source: opened } } })
    expect(transferConfig(model, [])).toMatchObject({ right: { spec: { source: opened } } })
    expect(trainConfig({ data: 'photos', ...own }, [])).toMatchObject({
      right: { spec: { source: opened } },
    })
  })

  it('is cut where names or numbers say, and has the layers of a body that is named', () => {
    const asked = { model: 'net.safetensors', cut: ['conv1', 4], until: 7, body: 'lenet' }
    const source = { kind: 'opened', path: 'net.safetensors', cut: ['conv1', '4'], until: '7', body: 'lenet' }
    expect(compareConfig({ target: 'b', ...asked }, [])).toMatchObject({ right: { spec: { source } } })
    expect(trainConfig({ data: 'photos', ...asked }, [])).toMatchObject({ right: { spec: { source } } })
    expect(messages({ target: 'b', ...asked, cut: [] })[0]).toMatch(/^cut/)
  })

  it('of a training on rows is no file that is cut or forgotten', () => {
    const decoded = (own: object) => trainConfig({ data: 'a.csv', kind: 'table', ...own }, [])
    expect(decoded({})).toMatchObject({ right: { spec: { source: null } } })
    for (const own of [{ cut: ['one'] }, { until: 'one' }, { body: 'mlp' }, { forget: true }])
      expect(decoded(own)).toMatchObject({ left: [{ path: Object.keys(own) }] })
  })

  it('of a training on rows is another table of one class each, in one column', () => {
    const decoded = (own: object) => trainConfig({ data: 'a.csv', kind: 'table', source: 'b.csv', ...own }, [])
    for (const own of [{}, { label: 'kind' }]) expect(E.isRight(decoded(own))).toBe(true)
    for (const own of [{ label: 'a,b' }, { label: 'a', regress: true }, { label: 'a', separator: ';' }])
      expect(decoded(own)).toMatchObject({ left: [{ path: ['source'] }] })
  })

  it('has as many epochs as are asked for, if any are', () => {
    const of = (epochs: object): unknown =>
      E.map(({ spec }: { spec: { source: unknown } }) => spec.source)(
        compareConfig({ source: 'a', target: 'b', ...epochs }, []),
      )
    expect(of({})).toEqual(E.right({ kind: 'trained', data: 'a', seed: 0 }))
    expect(of({ epochs: 3 })).toEqual(E.right({ kind: 'trained', data: 'a', epochs: 3, seed: 0 }))
  })

  it('has no fields that were not given', () => {
    const decoded = compareConfig({ target: 'photos', model: 'net.pth' }, [])
    expect(E.map(({ spec }: { spec: { source: unknown } }) => spec.source)(decoded)).toEqual(
      E.right({ kind: 'opened', path: 'net.pth' }),
    )
  })

  it('is exactly one of data and a model', () => {
    expect(messages({ target: 'b' })).toEqual([
      'source: expected data to train a source network on, or model with a pretrained one',
    ])
    expect(messages({ ...model, source: 'mnist:0-4' })).toEqual([
      'model: expected one of source and model, got both; leave one out',
    ])
  })

  it.each([
    ['input', '96x96'],
    ['freeze', 2],
    ['range', 'imagenet'],
    ['cut', ['a']],
    ['until', 'a'],
  ])('refuses %s beside data', (name, value) => {
    expect(messages({ source: 'mnist:0-4', target: 'mnist:5-9', [name]: value })).toEqual([
      `${name}: expected only beside model, it says how a file is opened`,
    ])
  })

  it('names the ranges that there are', () => {
    expect(messages({ ...model, range: '0..2' })[0]).toContain('"0..1"')
  })
})
