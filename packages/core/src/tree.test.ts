import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { StructureError } from './errors.ts'
import * as Tree from './tree.ts'

const { tree } = fc.letrec<{ tree: Tree.Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie('tree'), { noNullPrototype: true, maxKeys: 3 }),
  ),
}))

describe('a tree', () => {
  it('is rebuilt by its leaves', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(Tree.unflatten(t, Tree.leaves(t))).toEqual(t)
      }),
    )
  })

  it('is mapped in the order of its leaves and keeps its structure', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(Tree.leaves(Tree.map(t, (x) => x + 1))).toEqual(Tree.leaves(t).map((x) => x + 1))
      }),
    )
  })

  it('zips with itself leaf by leaf', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(Tree.zipWith(t, t, (a, b) => a - b)).toEqual(Tree.map(t, () => 0))
      }),
    )
  })

  it('names its leaves by their paths', () => {
    expect(Tree.entries({ a: [1, { b: 2 }] }).map(([path, leaf]) => [Tree.format(path), leaf])).toEqual([
      ['a.0', 1],
      ['a.1.b', 2],
    ])
  })
})

describe('zipWith', () => {
  it.each([
    [[1, 2], [1], 'at (root): expected a list of 2, got a list of 1'],
    [{ a: { b: 1 } }, { a: { c: 1 } }, 'at a: expected a record of b, got a record of c'],
    [{ a: 1 }, { a: [1] }, 'at a: expected a leaf, got a list of 1'],
  ])('refuses %j with %j', (a, b, message) => {
    expect(() => Tree.zipWith<number, number, number>(a as never, b as never, (x, y) => x + y)).toThrow(
      new StructureError(message),
    )
  })
})

describe('unflatten', () => {
  it('refuses a wrong number of leaves', () => {
    expect(() => Tree.unflatten([1, 2], [1])).toThrow('expected 2 leaves, got 1')
  })
})
