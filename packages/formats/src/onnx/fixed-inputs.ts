import { ImportError } from '@ptu/networks'

import { shown, shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import { computedTensor } from './computed.ts'
import { mostNumbers } from './folding.ts'
import type { OnnxTables } from './tables.ts'
import { sizesOf, type Value } from './value.ts'

/** The tables with some inputs that are always one number. Throws `ImportError` for a name that no input has. */
export const withFixed = (tables: OnnxTables, numbers: Readonly<Record<string, number>>): OnnxTables => {
  const names = tables.inputs.map(({ name }) => name)
  for (const [name, number] of Object.entries(numbers)) {
    if (!names.includes(name))
      throw new ImportError(`expected fixed to name inputs of the model, ${names.join(', ')}, got ${shown(name)}`)
    if (!Number.isFinite(number)) throw new ImportError(`expected fixed.${name} to be a finite number, got ${number}`)
  }
  const fixed = tables.inputs.flatMap((input) => {
    const number = Object.hasOwn(numbers, input.name) ? numbers[input.name] : undefined
    return number === undefined ? [] : [[input.name, { input, number }] as const]
  })
  const rest = tables.inputs.filter(({ name }) => !Object.hasOwn(numbers, name))
  return { ...tables, inputs: rest, fixed: new Map(fixed) }
}

/** The advice about several inputs. */
export const adviceOn = ({ inputs: [, ...others] }: OnnxTables): string => {
  const some = others.map(({ name }) => `${shown(name)}: ${/mask/i.test(name) ? 1 : 0}`).slice(0, 4)
  return `inputs that are the same for all examples can be given as numbers: decodeOnnx(file, { fixed: { ${some.join(', ')} } }); a model with several that change can be a black box`
}

/** An input that is always one number, for one example; sizes that are left open are those of the input that examples change. */
export const fixedInput = (
  { fixed, inputs: [main] }: OnnxTables,
  name: string,
  valueOf: (name: string) => Value | undefined,
): StoredTensor | undefined => {
  const found = fixed.get(name)
  if (found === undefined) return undefined
  const { sizes, symbols, type } = found.input
  const known = sizesOf(valueOf(main?.name ?? '') ?? { axes: [] })
  const shape = sizes.map((size, axis) => {
    if (axis === 0) return 1
    const same = symbols[axis] === '' ? axis : (main?.symbols.indexOf(symbols[axis] ?? '') ?? -1)
    const open = size ?? known[same]
    if (open !== undefined && open >= 1 && open <= mostNumbers) return open
    throw new ImportError(`input ${shown(name)}: expected to know the size of its axis ${axis}`)
  })
  if (countOf(shape) > mostNumbers)
    throw new ImportError(`input ${shown(name)}: expected at most ${mostNumbers} numbers, got ${shownShape(shape)}`)
  return { ...computedTensor(name, shape, () => new Float32Array(countOf(shape)).fill(found.number)), dtype: type === 'int64' ? 'int64' : 'float32' } // prettier-ignore
}
