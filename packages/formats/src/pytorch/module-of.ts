import { ImportError } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import { reshape, transpose, type Tensor } from '@tensorflow/tfjs-core'

import { shownShape } from '../shown.ts'
import type { Arrangement, StoredTensor } from '../stored-tensor.ts'
import type { StoredWeight } from '../stored-weight.ts'
import type { Module } from './torch-layers.ts'

/** A weight that may be a {@link StoredTensor}, which may be refused. */
type Weight = StoredWeight & Partial<Pick<StoredTensor, 'refused' | 'arranged'>>

/** The tensors of a module among stored ones. Each that is taken is added to `taken`. */
export const moduleOf =
  (stored: ReadonlyMap<string, Weight>, taken: Set<string> = new Set()) =>
  (module: string, suffix: string): Module => {
    const nameOf = (name: string): string => `${module === '' ? '' : `${module}.`}${name}${suffix}`
    return {
      has: (name) => stored.has(nameOf(name)),
      take: (name, shape) => {
        const found = stored.get(nameOf(name))
        if (found?.shape.join() !== shape.join()) return missing(stored, module, `${name}${suffix}`, shape)
        if (found.refused !== undefined) throw new ImportError(`tensor ${found.name}: ${found.refused}`)
        taken.add(found.name)
        return (arrangement) => (arrangement ? arranged(found, arrangement) : found.tensor())
      },
    }
  }

const arranged = (weight: Weight, arrangement: Arrangement): Tensor =>
  weight.arranged?.(arrangement) ??
  scope(() => transpose(reshape(weight.tensor(), [...arrangement.split]), [...arrangement.order]))

const missing = (
  stored: ReadonlyMap<string, Weight>,
  module: string,
  name: string,
  shape: readonly number[],
): never => {
  const found = stored.get(module === '' ? name : `${module}.${name}`)
  const near = found === undefined ? nearNames(stored, module, name) : []
  throw new ImportError(
    `module ${module}: expected a tensor ${name} of shape ${shownShape(shape)}, got ${found ? shownShape(found.shape) : 'none'}${near.length > 0 ? `; is it one of ${near.join(', ')}?` : ''}`,
  )
}

/** Names that end like the missing one, such as those with `module.` in front, or else some of the file's. */
const nearNames = (stored: ReadonlyMap<string, Weight>, module: string, name: string): readonly string[] => {
  const names = [...stored.keys()]
  const ends = names.filter((one) => one.endsWith(`.${module}.${name}`))
  return (ends.length > 0 ? ends : names.filter((one) => one.endsWith(`.${name}`))).slice(0, 3)
}
