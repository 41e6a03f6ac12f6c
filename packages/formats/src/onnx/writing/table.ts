import { affine } from './affine.ts'
import { attention } from './attention.ts'
import { composites } from './composites.ts'
import { elementwise } from './elementwise.ts'
import type { Emitter } from './emitter.ts'
import { recurrents } from './recurrent.ts'
import { sequences } from './sequences.ts'
import { shapes } from './shapes.ts'
import { windows } from './windows.ts'

/** The nodes of each layer, by the type of its spec. A layer that is not here is refused by name. */
export const emitters: ReadonlyMap<string, Emitter> = new Map(
  [affine, attention, composites, elementwise, recurrents, sequences, shapes, windows].flatMap((table) =>
    Object.entries(table),
  ),
)
