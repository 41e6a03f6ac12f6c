import type { WrittenTensor } from '../written-tensor.ts'
import { countOf } from '../stored-tensor.ts'
import type { View } from './view.ts'

/**
 * Tensors as a file has them, made of those that views were made for: the way back from `withViews`.
 *
 * Tensors of which a view takes only a part are whole where other views take the rest; what none takes is 0.
 */
export const unviewed = (written: readonly WrittenTensor[], views: readonly View[]): readonly WrittenTensor[] => {
  const viewOf = new Map(views.map((view) => [view.name, view]))
  const given = new Map(written.map((one) => [one.name, one]))
  const made = new Set<string>()
  return written.flatMap((one) => {
    const view = viewOf.get(one.name)
    if (view === undefined) return [one]
    const key = keyOf(view)
    if (made.has(key)) return []
    made.add(key)
    const all = new Float32Array(view.of.reduce((sum, { shape }) => sum + countOf(shape), 0))
    for (const other of views.filter((two) => keyOf(two) === key)) {
      const { values } = given.get(other.name) ?? {}
      if (values instanceof Float32Array) all.set(values, other.offset ?? 0)
    }
    return split(all, view)
  })
}

const keyOf = ({ of }: View): string => of.map(({ name }) => name).join()

const split = (all: Float32Array, { of }: View): readonly WrittenTensor[] => {
  let at = 0
  return of.map(({ name, shape }) => {
    const values = all.slice(at, at + countOf(shape))
    at += values.length
    return { name, shape, values }
  })
}
