import { ImportError } from '@ptu/networks'

import type { Value } from './value.ts'

/**
 * The meanings of the names in a pickle: each function returns the value that a name stands for, or throws
 * `ImportError`.
 */
export interface World {
  /** Applies a class or function to arguments. Nothing is called: the meaning of each known name is written here. */
  readonly apply: (name: string, args: readonly Value[]) => Value
  /** Finds something that lies outside the pickle. */
  readonly persistent: (id: Value) => Value
}

/** The state of the machine that reads a pickle. */
export interface Machine {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly world: World
  /** The place of the next byte. */
  at: number
  readonly stack: Value[]
  /** The heights of the stack where marks were set. */
  readonly marks: number[]
  readonly memo: Map<number, Value>
}

/** Throws an `ImportError` that says where the pickle is wrong. */
export const corrupt = ({ at }: Pick<Machine, 'at'>, problem: string): never => {
  throw new ImportError(
    `expected a pickle of a state_dict, ${problem} at byte ${at}; the file was changed, cut or is none`,
  )
}

/** Moves past the next `count` bytes and returns their place. */
export const skip = (machine: Machine, count: number): number => {
  const { at } = machine
  if (count > machine.bytes.length - at) return corrupt(machine, `it ends within ${count} bytes`)
  machine.at += count
  return at
}

/** The next `count` bytes. */
export const take = (machine: Machine, count: number): Uint8Array => {
  const at = skip(machine, count)
  return machine.bytes.subarray(at, at + count)
}

/** Reads a number of bytes to follow; it is itself 8 bytes long. */
export const length64 = (machine: Machine): number => {
  const length = Number(machine.view.getBigUint64(skip(machine, 8), true))
  return length > machine.bytes.length ? corrupt(machine, `it claims ${length} bytes`) : length
}

/** The next `count` bytes as text. */
export const text = (machine: Machine, count: number): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(take(machine, count))
  } catch (cause) {
    if (cause instanceof ImportError) throw cause
    return corrupt(machine, 'a text is not UTF-8')
  }
}

/** The text up to the next end of line. */
export const line = (machine: Machine): string => {
  const end = machine.bytes.indexOf(10, machine.at)
  if (end < 0 || end - machine.at > 400) return corrupt(machine, 'a name does not end')
  const found = text(machine, end - machine.at)
  machine.at += 1
  return found
}

/** Takes the top of the stack. */
export const pop = (machine: Machine): Value => {
  const floor = machine.marks.at(-1) ?? 0
  const value = machine.stack.length > floor ? machine.stack.pop() : undefined
  return value === undefined ? corrupt(machine, 'a value is missing') : value
}

/** The top of the stack, which stays there. */
export const top = (machine: Machine): Value => machine.stack.at(-1) ?? corrupt(machine, 'a value is missing')

/** Takes the values above the last mark off the stack, and the mark. */
export const popToMark = (machine: Machine): readonly Value[] => {
  const mark = machine.marks.pop()
  return mark === undefined ? corrupt(machine, 'a mark is missing') : machine.stack.splice(mark)
}
