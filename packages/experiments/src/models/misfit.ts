import { messageOf, noKey, ShapeError, Tree } from '@ptu/core'
import { encodedWidth } from '@ptu/data'
import type { Layer } from '@ptu/layers'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { leastParameters } from './least-parameters.ts'
import type { ModelFacts } from './model-file.ts'

/** The reason that parameters are not those of a layer; undefined where they are. */
export const misfit = (
  layer: Layer,
  { shape, classes, vocabulary, normalisation, encoding }: ModelFacts,
  params: ParamTree,
): string | undefined => {
  const made = E.tryCatch(() => {
    for (const [name, list] of Object.entries(normalisation))
      if (Array.isArray(list) && list.length !== shape.at(-1))
        throw new ShapeError(`expected its ${name} to be one number or ${shape.at(-1)}, it has ${list.length}`)
    const output = layer.output(shape)
    if (encoding !== undefined && (shape.length !== 1 || shape[0] !== encodedWidth(encoding)))
      throw new ShapeError(
        `expected inputs of the ${encodedWidth(encoding)} numbers of its columns, got [${shape.join(', ')}]`,
      )
    const wanted = [...(vocabulary === null ? [] : shape), classes.length]
    if (output.join() !== wanted.join())
      throw new ShapeError(
        `expected outputs [${wanted.join(', ')}] for its classes, its network has [${output.join(', ')}]`,
      )
    if (leastParameters(layer, shape) > countParams(params))
      throw new ShapeError(`its network has more parameters than the ${countParams(params)} of the file`)
    const fresh = layer.init(noKey, shape)
    const shapes = shapesOf(fresh)
    disposeParams(fresh)
    return shapes
  }, messageOf)
  if (E.isLeft(made)) return made.left
  return made.right === shapesOf(params) ? undefined : 'its parameters are not those of the network it describes'
}

const shapesOf = (params: ParamTree): string =>
  JSON.stringify(Tree.map(params, ({ shape, dtype }) => `${dtype} ${shape.join()}`))
