import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { StructureError } from './errors.ts'
import * as Tree from './tree.ts'

/** Names that every record inherits or that look like a list's: layers and columns may be called so. */
const names = ['constructor', '__proto__', 'toString', 'length', 'hasOwnProperty', 'valueOf']

const { tree } = fc.letrec<{ tree: Tree.Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(...names)), tie('tree')), {
        maxLength: 3,
        selector: ([name]) => name,
      })
      .map((fields) => Object.fromEntries(fields)),
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

describe('a tree of names that records inherit', () => {
  const odd = Object.fromEntries(names.map((name, i) => [name, [i]]))

  it('keeps every one of them through every function', () => {
    expect(Object.keys(odd)).toEqual(names)
    const mapped = Tree.map<number, number>(odd, (leaf) => leaf * 10)
    expect(Object.entries(mapped)).toEqual(names.map((name, i) => [name, [i * 10]]))
    expect(Tree.entries<number>(odd)).toEqual(names.map((name, i) => [[name, 0], i]))
    const zipped = Tree.zipWith<number, number, number>(odd, mapped, (a, b) => a + b)
    expect(Object.entries(zipped)).toEqual(names.map((name, i) => [name, [i * 11]]))
    expect(Object.entries(Tree.unflatten(odd, ['a', 'b', 'c', 'd', 'e', 'f']))).toEqual(
      names.map((name, i) => [name, ['abcdef'[i]]]),
    )
  })

  it.each(names)('does not take a record without %s for one with it', (name) => {
    const one = Object.fromEntries([[name, 1]])
    expect(() => Tree.zipWith<number, number, number>(one, { other: 1 }, (a, b) => a + b)).toThrow(StructureError)
    expect(() => Tree.zipWith<number, number, number>({ other: 1 }, one, (a, b) => a + b)).toThrow(StructureError)
  })
})

describe('a leaf', () => {
  it('is all but a list and a record', () => {
    expect([1, 'a', null, new Float32Array(1), new Map(), [], {}, { constructor: 1 }].map(Tree.isLeaf)).toEqual([
      ...[true, true, true, true, true],
      ...[false, false, false],
    ])
  })
})

describe('a path as text', () => {
  it('is (root) where it is empty', () => {
    expect([Tree.format([]), Tree.format(['blocks', 2, 'kernel'])]).toEqual(['(root)', 'blocks.2.kernel'])
  })
})

describe('zipWith', () => {
  it.each([
    [[1, 2], [1], 'at (root): expected a list of 2, got a list of 1'],
    [{ a: { b: 1 } }, { a: { c: 1 } }, 'at a: expected a record of b, got a record of c'],
    [{ a: 1 }, { a: [1] }, 'at a: expected a leaf, got a list of 1'],
    [{ a: 1 }, { a: { b: 1 } }, 'at a: expected a leaf, got a record of b'],
    [{ a: [1] }, { a: 1 }, 'at a: expected a list of 1, got a leaf'],
    [{ a: 1 }, { a: 1, b: 2 }, 'at (root): expected a record of a, got a record of a, b'],
    [{ a: 1, b: 2 }, { a: 1 }, 'at (root): expected a record of a, b, got a record of a'],
    [[{}], [[]], 'at 0: expected a record of nothing, got a list of 0'],
    [{ a: [1, { b: 1 }] }, { a: [1, 2] }, 'at a.1: expected a record of b, got a leaf'],
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
