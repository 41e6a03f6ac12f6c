import { describe, expect, it } from 'vitest'

import {
  pretrainedRecipes,
  regimeFor,
  scratchRecipes,
  transferRecipes,
  type TrainRecipe,
  type TrainRecipes,
} from './recipes.ts'

const words = ({ method, held }: TrainRecipe): string => `${method} ${String(held.rate)}`

/** The recipes of so many labels per class, and those that every training is compared with. */
const at = (recipes: TrainRecipes, labels: number): readonly string[] => regimeFor(recipes, labels).recipes.map(words)

describe('the recipes', () => {
  it('of pretrained networks are one with few labels, and three to choose among from 50 per class on', () => {
    for (const labels of [1, 49]) expect(at(pretrainedRecipes, labels)).toEqual(['ptu 0.0003'])
    for (const labels of [50, 1e6])
      expect(at(pretrainedRecipes, labels)).toEqual(['fine-tune 0.0003', 'fine-tune 0.001', 'ptu 0.0003'])
    expect(pretrainedRecipes.companions.map(words)).toEqual(['fine-tune 0.0003'])
  })

  it('without a source are the linear probe with few labels, else networks from scratch', () => {
    for (const labels of [1, 49]) expect(at(scratchRecipes, labels)).toEqual(['probe 1'])
    expect(at(scratchRecipes, 50)).toEqual(['scratch 0.001', 'scratch 0.004'])
    expect(scratchRecipes.companions.map(words)).toEqual(['scratch 0.004'])
  })

  it('of sources that are trained here are the unit with few labels, else all there are', () => {
    for (const labels of [1, 49]) expect(at(transferRecipes, labels)).toEqual(['ptu 0.004'])
    expect(at(transferRecipes, 50)).toEqual(['fine-tune 0.001', 'fine-tune 0.004', 'ptu 0.004', 'scratch 0.004'])
    expect(transferRecipes.companions.map(words)).toEqual(['fine-tune 0.004', 'scratch 0.004'])
  })

  it('change no pictures and search no depth', () => {
    for (const { regimes, companions } of [pretrainedRecipes, scratchRecipes, transferRecipes]) {
      expect(regimes.flatMap(({ augment }) => augment)).toEqual([])
      for (const { held } of [...regimes.flatMap(({ recipes }) => recipes), ...companions])
        expect(held.depth).toBeNull()
    }
  })
})
