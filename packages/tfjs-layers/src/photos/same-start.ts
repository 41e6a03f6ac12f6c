import { canonical, Tree } from '@ptu/core'
import type { ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { TrainedNetwork } from '../convert.ts'

/** Counts the layers that two chains share from their start: of one kind, with parameters equal bit for bit. */
export const sameStart = (a: readonly TrainedNetwork[], b: readonly TrainedNetwork[]): number => {
  const different = a.findIndex((link, i) => !isSame(link, b[i]))
  return different === -1 ? a.length : different
}

const isSame = (a: TrainedNetwork, b: TrainedNetwork | undefined): boolean =>
  b !== undefined && canonical(a.layer.spec) === canonical(b.layer.spec) && sameParams(a.params, b.params)

const sameParams = (a: ParamTree, b: ParamTree): boolean => {
  const [left, right] = [Tree.entries(a), Tree.entries(b)]
  return (
    left.length === right.length &&
    left.every(([path, tensor], i) => {
      const [otherPath, other] = right[i] ?? []
      return other !== undefined && path.join('/') === otherPath?.join('/') && sameTensor(tensor, other)
    })
  )
}

const sameTensor = (a: Tensor, b: Tensor): boolean => {
  if (a === b) return true
  if (a.shape.join() !== b.shape.join()) return false
  const [left, right] = [a.dataSync(), b.dataSync()]
  return left.every((value, i) => Object.is(value, right[i]))
}
