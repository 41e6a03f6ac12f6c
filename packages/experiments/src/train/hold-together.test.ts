import { describe, expect, it } from 'vitest'

import { heldTogether } from './hold-together.ts'
import { trainedOn } from './trained-on.ts'

const pair = (first: number, second: number) => ({ first, second, similarity: 0.95 })
const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
const exact = Array.from('abcdefghijkl')

describe('the examples that are held out together', () => {
  it('are copies of copies, with exact ones', () => {
    const names = exact.with(5, 'b')
    const { groups, near, apart } = heldTogether({ exact: names, copies: [pair(1, 7), pair(7, 9)], labels, folds: 5 })
    expect(near).toEqual([[1, 5, 7, 9]])
    expect(apart).toBe(0)
    expect(new Set([1, 5, 7, 9].map((i) => groups[i]))).toEqual(new Set(['b']))
    expect(new Set(groups).size).toBe(9)
  })

  it('stay as they are without near copies', () => {
    const names = exact.with(5, 'b')
    expect(heldTogether({ exact: names, copies: [], labels, folds: 5 })).toEqual({ groups: names, near: [], apart: 0 })
  })

  it('are never more than half of a class, but for exact copies', () => {
    const chain = [pair(0, 1), pair(1, 2)]
    expect(heldTogether({ exact, copies: chain, labels, folds: 2 }).near).toEqual([[0, 1, 2]])
    const found = heldTogether({ exact, copies: [...chain, pair(2, 3), pair(8, 9)], labels, folds: 2 })
    expect([found.near, found.apart]).toEqual([[[8, 9]], 4])
    expect(found.groups.slice(0, 4)).toEqual(['a', 'b', 'c', 'd'])
    const same = exact.map((name, i) => (i < 4 ? 'a' : name))
    expect(heldTogether({ exact: same, copies: [pair(3, 4)], labels, folds: 2 }).groups).toEqual(same)
  })

  it('are exact copies alone where fewer groups than folds would be left', () => {
    const copies = [pair(0, 6), pair(1, 7), pair(2, 8)]
    const small = { exact: exact.slice(0, 3), labels: [0, 0, 1], copies: [pair(0, 2)] }
    expect(heldTogether({ exact, copies, labels, folds: 9 }).near).toHaveLength(3)
    expect(heldTogether({ exact, copies, labels, folds: 10 })).toEqual({ groups: exact, near: [], apart: 6 })
    expect(heldTogether({ ...small, folds: 3 }).near).toEqual([])
  })
})

describe('a part of the labels of the other folds', () => {
  const folds = [0, 1, 2, 3].map((fold) => [fold, fold + 4, fold + 8])
  const request = { labels: Int32Array.from(labels), seed: 0 }

  it('is none of the held-out fold, lies within larger parts, and has a label of each class at least', () => {
    const at = (part: number) => trainedOn(folds, 1, { ...request, part })
    expect(at(1)).toEqual([0, 2, 3, 4, 6, 7, 8, 10, 11])
    expect(at(0.5).every((place) => at(1).includes(place))).toBe(true)
    expect(at(0.25).every((place) => at(0.5).includes(place))).toBe(true)
    const each = (places: readonly number[]) => [0, 1].map((label) => places.filter((i) => labels[i] === label).length)
    expect([at(1), at(0.5), at(0.01)].map(each)).toEqual([
      [4, 5],
      [2, 3],
      [1, 1],
    ])
  })

  it('is drawn anew for another fold and another seed', () => {
    const many = Array.from({ length: 4 }, (_, fold) => Array.from({ length: 50 }, (_unused, i) => 4 * i + fold))
    const drawn = (fold: number, seed: number) =>
      trainedOn(many, fold, { labels: new Int32Array(200), part: 0.5, seed }).filter((place) => place % 4 === 3)
    expect(drawn(0, 0)).not.toEqual(drawn(1, 0))
    expect(drawn(0, 0)).not.toEqual(drawn(0, 1))
  })
})
