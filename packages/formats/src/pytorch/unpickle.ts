import { corrupt, pop, type Machine, type World } from './machine.ts'
import { opcodes } from './opcodes.ts'
import type { Value } from './value.ts'

const stop = 0x2e

/** A pickle of more steps is refused: a network of 100,000 tensors takes about as many. */
const mostSteps = 2 ** 22

/**
 * Reads one pickle from a place in bytes, and says where it ends.
 *
 * A pickle is a program for a machine with a stack. Python's machine calls whatever the program names; this one knows a
 * few opcodes, calls nothing, and asks `world` for the meaning of every name. Its work and memory are bounded by the
 * number of bytes that it reads: it never recurses, and a value that is recalled is shared, not copied.
 *
 * Throws `ImportError`.
 *
 * References:
 *   Python, "pickle", warning on untrusted data, https://docs.python.org/3/library/pickle.html
 */
export const unpickle = (
  bytes: Uint8Array,
  start: number,
  world: World,
): { readonly value: Value; readonly end: number } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const machine: Machine = { bytes, view, world, at: start, stack: [], marks: [], memo: new Map() }
  for (let step = 0; step < mostSteps; step++) {
    const opcode = bytes[machine.at++]
    if (opcode === undefined) return corrupt(machine, 'it does not end')
    if (opcode === stop) return { value: pop(machine), end: machine.at }
    const run = opcodes.get(opcode)
    if (run === undefined) return corrupt(machine, `the opcode 0x${opcode.toString(16)} that none needs is used`)
    run(machine)
  }
  return corrupt(machine, `more than ${mostSteps} steps are taken`)
}
