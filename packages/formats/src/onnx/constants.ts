import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import { fixedInput } from './fixed-inputs.ts'
import { foldings } from './foldings.ts'
import { numberFoldings } from './number-foldings.ts'
import type { OnnxNode, OnnxTables } from './tables.ts'
import type { Value } from './value.ts'

/** Constants that are computed from others, one after another, beyond this are refused. */
const longestChain = 500

/** More numbers that are worked out from constants are refused: they are kept, and take time. */
const mostWorked = 2 ** 27

/** The names of the values that no example changes: tensors, shapes, and what is computed from them. */
export const constantNames = ({ nodes, constants, fixed }: OnnxTables): ReadonlySet<string> => {
  const found = new Set(['', ...constants.keys(), ...fixed.keys()])
  for (const { op, inputs, outputs } of nodes)
    if (op === 'Shape' || inputs.every((input) => found.has(input))) for (const output of outputs) found.add(output)
  return found
}

/** The facts that constants are worked out from. */
export interface ConstantSource {
  readonly tables: OnnxTables
  /** The value of a name, where it is known already. */
  readonly valueOf: (name: string) => Value | undefined
  /** Told the name of each tensor of the file whose numbers are read. */
  readonly use: (name: string) => void
}

/**
 * Finds a constant by its name. Shapes of values are constants too, with NaN for the batch. Throws `ImportError` for one
 * that is computed in a way that is not known.
 */
export const constantFinder = ({ tables, valueOf, use }: ConstantSource): ((name: string) => StoredTensor) => {
  const known = new Map([...tables.constants].map(([name, tensor]) => [name, watched(tensor, use)]))
  const makers = new Map<string, OnnxNode>()
  for (const node of tables.nodes) for (const output of node.outputs) makers.set(output, node)
  let worked = 0
  const find = (name: string, depth: number): StoredTensor => {
    const found = known.get(name) ?? fixedInput(tables, name, valueOf)
    if (found !== undefined) return found
    const node = makers.get(name)
    if (node === undefined || depth > longestChain)
      throw new ImportError(`expected ${shown(name)} to be a constant, got what is computed from examples or from too many constants`) // prettier-ignore
    const made = folded(node, tables.opset, valueOf, (input) => {
      const read = find(input, depth + 1)
      if (Object.hasOwn(numberFoldings, node.op)) worked += countOf(read.shape)
      return read
    })
    worked += 8 * countOf(made.shape)
    if (worked > mostWorked)
      throw new ImportError(`${node.config.place}: expected constants of less than ${mostWorked / 8} numbers that are worked out`) // prettier-ignore
    known.set(name, made)
    return made
  }
  return (name) => find(name, 0)
}

const folded = (
  { op, name, inputs, config, tensors }: OnnxNode,
  opset: number,
  valueOf: ConstantSource['valueOf'],
  find: (name: string) => StoredTensor,
): StoredTensor => {
  const folding = Object.hasOwn(foldings, op) ? foldings[op] : undefined
  if (folding === undefined)
    throw new ImportError(
      `${config.place}: constants that are computed by ${op.slice(0, 100)} cannot be opened; stop before it with until, or simplify the model first (in Python: onnxsim.simplify)`,
    )
  return folding({
    ...{ name, config, opset, count: inputs.length },
    input: (place) => {
      const input = inputs[place] ?? ''
      return input === '' ? undefined : find(input)
    },
    value: valueOf(inputs[0] ?? ''),
    tensors,
  })
}

const watched = (tensor: StoredTensor, use: (name: string) => void): StoredTensor => ({
  ...tensor,
  values: () => {
    use(tensor.name)
    return tensor.values()
  },
  arranged: (arrangement) => {
    use(tensor.name)
    return tensor.arranged(arrangement)
  },
  tensor: () => {
    use(tensor.name)
    return tensor.tensor()
  },
})
