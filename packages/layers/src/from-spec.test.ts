import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { conv2d } from './conv2d.ts'
import { relu } from './elementwise.ts'
import { fromSpec } from './from-spec.ts'
import { recurrentVariant } from './recurrent-variant.ts'
import { residual } from './residual.ts'
import { serial } from './serial.ts'
import { SpecError } from './spec-fields.ts'

const problemOf = (spec: unknown): string => {
  const made = fromSpec(spec)
  return E.isLeft(made) ? made.left.message : 'none'
}

const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce<unknown>((inner) => ({ type: 'serial', layers: [inner] }), { type: 'relu' })

describe('fromSpec', () => {
  it('makes a network again, through JSON text', () => {
    const network = serial(
      residual(
        conv2d(4, 3, {
          padding: [
            [1, 1],
            [0, 2],
          ],
        }),
      ),
      relu,
    )
    const made = fromSpec(JSON.parse(JSON.stringify(network.spec)))
    expect(E.isRight(made) && made.right.spec).toEqual(network.spec)
  })

  it.each<readonly [spec: unknown, problem: string]>([
    [{ type: 'dens' }, 'at spec.type: expected one of averagePool, averagePool1d, bidirectional, clippedRelu, '],
    [{ type: 'dens' }, 'got "dens"'],
    ...['constructor', '__proto__', 'toString', 'length', 'hasOwnProperty'].map(
      (type) => [{ type }, `got "${type}"`] as const,
    ),
    [
      { type: 'recurrentVariant', cell: 'gru', units: 2, activation: { type: 'toString' }, gate: { type: 'relu' } },
      'got "toString"',
    ],
    [JSON.parse('{"__proto__": {"type": "relu"}}') as unknown, 'got nothing'],
    [null, 'at spec: expected a record, got null'],
    [{ type: 'dense', out: 0 }, 'at spec.out: expected an integer from 1 to 1048576, got 0'],
    [{ type: 'dense', out: 1e9 }, 'at spec.out: expected an integer from 1 to 1048576, got 1000000000'],
    [{ type: 'dropout', rate: 1 }, 'at spec: dropout: expected a rate in [0, 1), got 1'],
    [{ type: 'serial', layers: [{ type: 'relu' }, 3] }, 'at spec.layers.1: expected a record, got 3'],
    [{ type: 'residual', main: { type: 'relu' } }, 'at spec.shortcut: expected a record, got nothing'],
    [
      { type: 'maxPool', size: 2, stride: 2, padding: 'full' },
      "at spec.padding: expected 'same', 'valid', a count or [[top, bottom], [left, right]], got \"full\"",
    ],
    [
      { type: 'conv1d', filters: 1, size: 2, stride: 1, padding: 'full', dilation: 1, bias: true },
      "at spec.padding: expected 'same', 'valid', 'causal', a count or [before, after], got \"full\"",
    ],
    [{ type: 'gru', units: 4 }, 'at spec.masked: expected true or false, got nothing'],
    [{ type: 'zeroPad1d', padding: 1 }, 'at spec.padding: expected [before, after], got 1'],
    [
      { type: 'dotProductAttention', heads: 2, dropout: 1, masked: true },
      'at spec: dropout: expected a rate in [0, 1), got 1',
    ],
    [{ type: 'positionEmbedding', positions: 1e9, masked: true }, 'at spec.positions: expected an integer from 1 to'],
    [
      { type: 'embedding', vocabulary: 4, features: 2, masked: true, padding: 'no' },
      'at spec.padding: expected an integer from 1 to 1048576, got "no"',
    ],
    [{ type: 'timeDistributed', masked: false }, 'at spec.layer: expected a record, got nothing'],
    [nested(40), 'expected layers at most 32 deep'],
    [{ type: 'serial', layers: Array.from({ length: 10_001 }, () => ({ type: 'relu' })) }, 'at most 10000 layers'],
  ])('refuses %j', (spec, problem) => {
    expect(problemOf(spec)).toContain(problem)
  })

  it.each([{}, { masked: false }, { masked: true }])(
    'reads a recurrent layer of other functions with %j',
    (options) => {
      const { spec } = recurrentVariant('gru', 3, { activation: relu, gate: relu, ...options })
      const made = fromSpec(spec)
      expect(E.isRight(made) && made.right.spec).toEqual(spec)
    },
  )

  it('reads a model of as many and as deeply nested layers as it says, and none of one more', () => {
    const many = (parts: number): unknown => ({
      type: 'serial',
      layers: Array.from({ length: parts }, () => ({ type: 'relu' })),
    })
    expect([problemOf(many(9999)), problemOf(nested(32))]).toEqual(['none', 'none'])
    expect(problemOf(many(10_000))).toContain('expected at most 10000 layers')
    expect(problemOf(nested(33))).toContain('expected layers at most 32 deep')
  })

  it('answers anything with a layer or a SpecError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            type: fc.constantFrom('conv2d', 'serial', 'groupNorm', 'averagePool'),
            layers: fc.jsonValue(),
            size: fc.jsonValue(),
            padding: fc.jsonValue(),
            groups: fc.jsonValue(),
            stride: fc.jsonValue(),
          }),
        ),
        (spec) => {
          const made = fromSpec(spec)
          expect(E.isRight(made) || made.left instanceof SpecError).toBe(true)
        },
      ),
    )
  })
})
