import { StructureError } from './errors.ts'
import { isRecord } from './json.ts'

/** A nested record or list whose leaves are `A`: the shape every parameter set takes. */
export type Tree<A> = A | readonly Tree<A>[] | { readonly [key: string]: Tree<A> }

/** The way from the root to a leaf, for example `['blocks', 2, 'kernel']`. */
export type Path = readonly (string | number)[]

const isList = (node: unknown): node is readonly unknown[] => Array.isArray(node)

/** Tells whether a node is a leaf: anything but a list or a plain record. */
export const isLeaf = (node: unknown): boolean => !isList(node) && !isRecord(node)

/**
 * Maps `f` over every leaf, keeping the structure.
 *
 * @example
 * ```ts
 * expect(Tree.map({ kernel: 2, bias: [3] }, (leaf) => leaf * 10)).toEqual({ kernel: 20, bias: [30] })
 * ```
 */
export const map = <A, B>(tree: Tree<A>, f: (leaf: A, path: Path) => B): Tree<B> => mapFrom(tree, f, [])

const mapFrom = <A, B>(tree: Tree<A>, f: (leaf: A, path: Path) => B, path: Path): Tree<B> => {
  if (isList(tree)) return tree.map((child, i) => mapFrom(child, f, [...path, i]))
  if (!isRecord(tree)) return f(tree, path)
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, mapFrom(child, f, [...path, name])]))
}

/** The leaves, left to right, records in the order of their keys. */
export const leaves = <A>(tree: Tree<A>): readonly A[] => {
  const found: A[] = []
  collect(tree, found)
  return found
}

const collect = <A>(tree: Tree<A>, found: A[]): void => {
  if (isList(tree) || isRecord(tree)) for (const child of Object.values(tree)) collect(child, found)
  else found.push(tree)
}

/** The leaves with the way to each, in {@link leaves} order. */
export const entries = <A>(tree: Tree<A>): readonly (readonly [Path, A])[] => {
  const found: (readonly [Path, A])[] = []
  map(tree, (leaf, path) => found.push([path, leaf]))
  return found
}

/**
 * Rebuilds a tree shaped like `like` from `values` in {@link leaves} order.
 *
 * Throws {@link StructureError} if the numbers of leaves differ.
 */
export const unflatten = <A, B>(like: Tree<A>, values: readonly B[]): Tree<B> => {
  const wanted = leaves(like).length
  if (wanted !== values.length)
    throw new StructureError(`expected ${String(wanted)} leaves, got ${String(values.length)}`)
  let next = 0
  return map(like, () => values[next++] as B)
}

/**
 * Joins two trees of one structure, leaf by leaf.
 *
 * Throws {@link StructureError} that names the place where the structures differ.
 */
export const zipWith = <A, B, C>(a: Tree<A>, b: Tree<B>, f: (a: A, b: B, path: Path) => C): Tree<C> =>
  zipFrom(a, b, f, [])

const zipFrom = <A, B, C>(a: Tree<A>, b: Tree<B>, f: (a: A, b: B, path: Path) => C, path: Path): Tree<C> => {
  if (isList(a)) {
    if (!isList(b) || a.length !== b.length) throw mismatch(a, b, path)
    return a.map((child, i) => zipFrom(child, b[i] as Tree<B>, f, [...path, i]))
  }
  if (!isRecord(a)) {
    if (!isLeaf(b)) throw mismatch(a, b, path)
    return f(a, b as B, path)
  }
  const names = Object.keys(a)
  if (!isRecord(b) || names.length !== Object.keys(b).length || !names.every((name) => Object.hasOwn(b, name)))
    throw mismatch(a, b, path)
  return Object.fromEntries(
    names.map((name) => [name, zipFrom(a[name] as Tree<A>, b[name] as Tree<B>, f, [...path, name])]),
  )
}

const mismatch = (a: unknown, b: unknown, path: Path): StructureError =>
  new StructureError(`at ${format(path)}: expected ${describe(a)}, got ${describe(b)}`)

const describe = (node: unknown): string => {
  if (isList(node)) return `a list of ${String(node.length)}`
  return isRecord(node) ? `a record of ${Object.keys(node).join(', ') || 'nothing'}` : 'a leaf'
}

/** A path as text: `blocks.2.kernel`; the root is `(root)`. */
export const format = (path: Path): string => (path.length === 0 ? '(root)' : path.join('.'))
