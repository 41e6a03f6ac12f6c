import { concatenate, conv2d, frozenBatchNorm, relu, residual, serial, type Layer } from '@ptu/layers'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'

import { usualCuts } from './layers-model-points.ts'

it('a network without joins is cut everywhere but before a normalisation', () => {
  const layers: readonly (readonly [string, Layer])[] = [
    ['conv1', conv2d(4, 3)],
    ['norm1', frozenBatchNorm],
    ['relu1', relu],
    ['conv2', conv2d(4, 3)],
    ['norm2', serial(frozenBatchNorm)],
    ['relu2', relu],
  ]
  const body = layers.map(([name, layer]) => ({ name, layer }))
  const found = usualCuts(
    body.map(({ name }) => name),
    () => E.right(body),
  )
  expect(E.isRight(found) && found.right).toEqual(['norm1', 'relu1', 'norm2'])
})

it('a network with joins is cut where paths meet, whatever else is made of several layers', () => {
  const layers: readonly (readonly [string, Layer])[] = [
    ['conv', serial(conv2d(4, 3), relu)],
    ['sum', residual(conv2d(4, 1))],
    ['between', serial(conv2d(4, 3), relu)],
    ['join', concatenate(conv2d(4, 1), relu)],
    ['last', serial(conv2d(4, 3), relu)],
  ]
  const body = layers.map(([name, layer]) => ({ name, layer }))
  const found = usualCuts(
    body.map(({ name }) => name),
    () => E.right(body),
  )
  expect(E.isRight(found) && found.right).toEqual(['sum', 'join'])
})
