import { suggestion } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

import { UsageError } from '../errors.ts'
import type { Recipe } from './recipe.ts'
import { recipes } from './recipes.ts'

/**
 * Finds the recipe of a name; a Left names the nearest one and lists all.
 *
 * @example
 * ```ts
 * const found = recipeNamed('mobilnet_v2')
 * expect(found).toMatchObject({ left: { message: expect.stringContaining('did you mean "mobilenet_v2"?') } })
 * ```
 */
export const recipeNamed = (name: string): E.Either<UsageError, Recipe> => {
  const names = recipes.map((recipe) => recipe.name)
  const found = recipes.find((recipe) => recipe.name === name)
  return found === undefined
    ? E.left(
        new UsageError(
          `expected a model among ${names.join(', ')}, got ${JSON.stringify(name)}${suggestion(name, names)}; ` +
            'ptu models lists them',
        ),
      )
    : E.right(found)
}
