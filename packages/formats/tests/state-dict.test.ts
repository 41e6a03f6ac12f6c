import {
  bidirectional,
  conv2d,
  dense,
  depthwiseConv2d,
  embedding,
  flatten,
  frozenBatchNorm,
  gru,
  layerNorm,
  lstm,
  relu,
  serial,
  simpleRnn,
} from '@ptu/layers'
import { disposeSource, type Body } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import { readFixture, tensorsOf, type Stored } from '@ptu/testing'
import { tensor1d, tensor2d, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { fromStateDict, listTensors, type StateDict, type StoredTensor } from '../src/index.ts'
import { readTensors } from '../src/node.ts'

interface Golden {
  readonly file: string
  readonly input: Stored
  readonly output: Stored
}

const golden = readFixture('state-dict') as {
  readonly picture: Golden
  readonly sequence: Golden
  readonly halves: { readonly file: string; readonly values: readonly number[] }
}

const bytesOf = (file: string): Uint8Array => new Uint8Array(Buffer.from(file, 'base64'))

const opened = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const decoded = (file: string): readonly StoredTensor[] =>
  opened(listTensors({ name: 'a.safetensors', bytes: bytesOf(file) })).tensors

const messageOf = (either: E.Either<Error, unknown>): string => (E.isLeft(either) ? either.left.message : 'right')

const picture: Body = [
  { name: 'stem', layer: serial(conv2d(4, 3), frozenBatchNorm, relu) },
  { name: 'deep', layer: depthwiseConv2d(3, { multiplier: 2, stride: 2, padding: 'valid', bias: false }) },
  { name: 'flat', layer: flatten },
  { name: 'dense', layer: serial(relu, dense(5)) },
]

const sequence: Body = [
  { name: 'table', layer: embedding(7, 3) },
  { name: 'context', layer: bidirectional(gru(2)) },
  { name: 'rest', layer: serial(lstm(3), simpleRnn(2), layerNorm()) },
]

const pictureModules = { stem: ['0', '1'], deep: ['3'], dense: ['6'] }
const stateOf = ({ file }: Golden, modules: StateDict['modules'], input: readonly number[]): StateDict => ({
  tensors: decoded(file),
  modules,
  input,
})

describe('a source from the state_dict of a PyTorch model computes what the model does', () => {
  it.each([
    ['pictures', picture, stateOf(golden.picture, pictureModules, [8, 8, 2]), golden.picture],
    [
      'sequences',
      sequence,
      stateOf(golden.sequence, { table: ['table'], context: ['gru'], rest: ['lstm', 'rnn', 'norm'] }, [4]),
      golden.sequence,
    ],
  ] as const)('for %s', (_what, body, state, { input, output }) => {
    const source = opened(fromStateDict(body, state))
    scope(() => {
      const found = source.activations(tensorsOf(input) as Tensor)
      expect(found.at(-1)).toBeAllClose(output.values, { absolute: 1e-5, relative: 1e-5 })
    })
    disposeSource(source)
  })

  it('with the epsilon that the model had', () => {
    const values: Readonly<Record<string, number>> = { weight: 3, bias: 0.5, running_mean: 0.25, running_var: 1e-3 }
    const tensors = Object.entries(values).map(([name, value]) => ({
      name: `norm.${name}`,
      shape: [1],
      tensor: () => tensor1d([value]),
    }))
    const body = [{ name: 'norm', layer: frozenBatchNorm }]
    const state = { tensors, modules: { norm: ['norm'] }, input: [1] }
    const outputs = [undefined, 1e-3].map((epsilon) => {
      const source = opened(fromStateDict(body, { ...state, ...(epsilon !== undefined && { epsilon }) }))
      const [y = NaN] = scope(() => (source.activations(tensor2d([[2]]))[0] as Tensor).dataSync())
      disposeSource(source)
      return y
    })
    expect(outputs[0]).toBeCloseTo((3 * 1.75) / Math.sqrt(1e-3 + 1e-5) + 0.5, 3)
    expect(outputs[1]).toBeCloseTo((3 * 1.75) / Math.sqrt(2e-3) + 0.5, 3)
  })

  it('with numbers of 16 bits', () => {
    for (const weight of decoded(golden.halves.file)) {
      const numbers = weight.tensor()
      expect([...numbers.dataSync()]).toEqual(golden.halves.values)
      numbers.dispose()
    }
  })
})

describe('a state_dict that does not fit', () => {
  const state = stateOf(golden.picture, pictureModules, [8, 8, 2])
  it.each([
    ['a module that is missing', { ...state, modules: { ...pictureModules, deep: ['4'] } }, 'module 4: expected a tensor weight of shape [8, 1, 3, 3], got none'], // prettier-ignore
    ['another shape', { ...state, modules: { ...pictureModules, deep: ['0'] } }, 'got [4, 2, 3, 3]'],
    ['a module too few', { ...state, modules: { ...pictureModules, stem: ['0'] } }, 'none is left for frozenBatchNorm'],
    ['a module too many', { ...state, modules: { ...pictureModules, flat: ['7'] } }, 'block flat: expected a module for each layer with parameters, ["7"] are left'], // prettier-ignore
    ['an input that does not fit', { ...state, input: [8] }, 'block stem: conv2d(4, 3): expected [batch, height, width, channels]'], // prettier-ignore
  ])('because of %s says so', (_why, wrong, message) => {
    expect(messageOf(fromStateDict(picture, wrong))).toContain(message)
  })

  it('names tensors that end as the missing one does', () => {
    const tensors = state.tensors.map((one) => ({ ...one, name: `net.${one.name}` }))
    const message = messageOf(fromStateDict(picture, { ...state, tensors }))
    expect(message).toContain(
      'module 0: expected a tensor weight of shape [4, 2, 3, 3], got none; is it one of net.0.weight?',
    )
  })

  it('names some tensors of the kind that is missing where none ends as it does', () => {
    const tensors = state.tensors.map((one) => ({ ...one, name: `x${one.name}` }))
    const message = messageOf(fromStateDict(picture, { ...state, tensors }))
    expect(message).toMatch(
      /^module 0: expected a tensor weight of shape \[4, 2, 3, 3\], got none; is it one of x0\.weight/,
    )
  })

  it.each([
    ['two layers', 'weight_ih_l1', 'it holds weight_ih_l1 too'],
    ['a projection', 'weight_hr_l0', 'it holds weight_hr_l0 too'],
    ['a way back', 'weight_ih_l0_reverse', 'expected bidirectional(lstm(…)), as its module is, got lstm'],
  ])('because a recurrent module has %s says so', (_what, name, message) => {
    const tensors = decoded(golden.sequence.file).filter((one) => one.name.startsWith('lstm.'))
    const more = { ...(tensors[0] as StoredTensor), name: `lstm.${name}` }
    const body = [{ name: 'rest', layer: lstm(3) }]
    const [, inputs = 0] = tensors.find((one) => one.name === 'lstm.weight_ih_l0')?.shape ?? []
    const wrong = { tensors: [...tensors, more], modules: { rest: ['lstm'] }, input: [5, inputs] }
    expect(messageOf(fromStateDict(body, wrong))).toContain(message)
  })

  it('because its epsilon is below 0 says so', () => {
    expect(messageOf(fromStateDict(picture, { ...state, epsilon: -1 }))).toContain('expected an epsilon from 0, got -1')
  })

  it('says which file is missing', async () => {
    expect(messageOf(await readTensors('/no/such.safetensors')())).toContain('it does not exist')
  })
})
