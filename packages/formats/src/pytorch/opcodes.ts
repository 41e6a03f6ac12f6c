import { corrupt, length64, line, pop, popToMark, skip, take, text, top, type Machine } from './machine.ts'
import { described, isKind, type Value } from './value.ts'

type Opcode = (machine: Machine) => void

const push =
  (make: (machine: Machine) => Value): Opcode =>
  (machine) => {
    machine.stack.push(make(machine))
  }

const byte = (machine: Machine): number => machine.view.getUint8(skip(machine, 1))
const integer32 = (machine: Machine): number => machine.view.getUint32(skip(machine, 4), true)

const tuple = (items: readonly Value[]): Value => ({ kind: 'tuple', items })

/** An integer of a given number of bytes, the lowest first, in two's complement. */
const long = (machine: Machine): number => {
  const bytes = take(machine, byte(machine))
  const digits = [...bytes].reduceRight((sum, digit) => sum * 256n + BigInt(digit), 0n)
  return Number(BigInt.asIntN(bytes.length * 8, digits))
}

const remember =
  (place: (machine: Machine) => number): Opcode =>
  (machine) => {
    machine.memo.set(place(machine), top(machine))
  }

const recall = (place: (machine: Machine) => number): Opcode =>
  push((machine) => machine.memo.get(place(machine)) ?? corrupt(machine, 'a value is recalled that was not kept'))

const append =
  (items: (machine: Machine) => readonly Value[]): Opcode =>
  (machine) => {
    const added = items(machine)
    const list = top(machine)
    if (!isKind(list, 'list')) return corrupt(machine, `items are added to ${described(list)}`)
    for (const item of added) list.items.push(item)
  }

const setItems =
  (items: (machine: Machine) => readonly Value[]): Opcode =>
  (machine) => {
    const added = items(machine)
    const dict = top(machine)
    if (!isKind(dict, 'dict') || added.length % 2 !== 0) return corrupt(machine, `items are set in ${described(dict)}`)
    for (let i = 0; i < added.length; i += 2) dict.entries.set(added[i] as Value, added[i + 1] as Value)
  }

const two = (machine: Machine): readonly Value[] => {
  const second = pop(machine)
  return [pop(machine), second]
}

const three = (machine: Machine): readonly Value[] => {
  const third = pop(machine)
  return [...two(machine), third]
}

const named = (machine: Machine): Value => {
  const [module, name] = two(machine)
  return typeof module === 'string' && typeof name === 'string'
    ? { kind: 'global', name: `${module}.${name}` }
    : corrupt(machine, 'a name is no text')
}

const reduce = (machine: Machine): Value => {
  const args = pop(machine)
  const callee = pop(machine)
  if (!isKind(callee, 'global') || !isKind(args, 'tuple'))
    return corrupt(machine, `${described(callee)} is called with ${described(args)}`)
  return machine.world.apply(callee.name, args.items)
}

const protocol: Opcode = (machine) => {
  if (byte(machine) > 5) corrupt(machine, 'a protocol that is not known is used')
}

/** Ignores attributes of a dictionary or tensor, such as the versions of modules: parameters need none of them. */
const build: Opcode = (machine) => {
  pop(machine)
  const target = top(machine)
  if (!isKind(target, 'dict') && !isKind(target, 'tensor'))
    corrupt(machine, `attributes are set of ${described(target)}`)
}

/**
 * The opcodes that a `state_dict` is written with, in protocols 2 to 5, by their bytes. All others are refused.
 *
 * References:
 *   Peters & Pitrou, "PEP 3154 – Pickle protocol version 4", 2011, https://peps.python.org/pep-3154/
 *   Python, "pickletools", the machine and its opcodes, https://docs.python.org/3/library/pickletools.html
 */
export const opcodes: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  [0x80, protocol],
  [0x95, (machine) => void length64(machine)],
  [0x28, (machine) => void machine.marks.push(machine.stack.length)],
  [0x4e, push(() => null)],
  [0x88, push(() => true)],
  [0x89, push(() => false)],
  [0x4a, push((machine) => machine.view.getInt32(skip(machine, 4), true))],
  [0x4b, push(byte)],
  [0x4d, push((machine) => machine.view.getUint16(skip(machine, 2), true))],
  [0x8a, push(long)],
  [0x47, push((machine) => machine.view.getFloat64(skip(machine, 8)))],
  [0x58, push((machine) => text(machine, integer32(machine)))],
  [0x8c, push((machine) => text(machine, byte(machine)))],
  [0x8d, push((machine) => text(machine, length64(machine)))],
  [0x54, push((machine) => text(machine, integer32(machine)))],
  [0x55, push((machine) => text(machine, byte(machine)))],
  [0x42, push((machine) => take(machine, integer32(machine)))],
  [0x43, push((machine) => take(machine, byte(machine)))],
  [0x29, push(() => tuple([]))],
  [0x85, push((machine) => tuple([pop(machine)]))],
  [0x86, push((machine) => tuple(two(machine)))],
  [0x87, push((machine) => tuple(three(machine)))],
  [0x74, push((machine) => tuple(popToMark(machine)))],
  [0x5d, push(() => ({ kind: 'list', items: [] }))],
  [0x61, append((machine) => [pop(machine)])],
  [0x65, append(popToMark)],
  [0x7d, push(() => ({ kind: 'dict', entries: new Map() }))],
  [0x73, setItems(two)],
  [0x75, setItems(popToMark)],
  [0x71, remember(byte)],
  [0x72, remember(integer32)],
  [0x94, remember((machine) => machine.memo.size)],
  [0x68, recall(byte)],
  [0x6a, recall(integer32)],
  [0x63, push((machine) => ({ kind: 'global', name: `${line(machine)}.${line(machine)}` }))],
  [0x93, push(named)],
  [0x52, push(reduce)],
  [0x81, push(reduce)],
  [0x62, build],
  [0x51, push((machine) => machine.world.persistent(pop(machine)))],
])
