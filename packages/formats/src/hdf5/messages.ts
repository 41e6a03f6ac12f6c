import { ImportError } from '@ptu/networks'

import type { Hdf5Reader } from './reader.ts'

/** One message of an object's header: its kind, and where its content lies. */
export interface Message {
  readonly kind: number
  readonly at: number
  readonly size: number
}

/** The kinds of messages that are read. */
export const kinds = {
  dataspace: 0x01,
  datatype: 0x03,
  layout: 0x08,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const

/** A header of more parts is refused. */
const mostParts = 1000

/**
 * The messages of an object's header of version 1, with those of its continuations.
 *
 * References:
 *   The HDF Group, "HDF5 file format specification version 3.0", §IV.A.1, https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
export const messagesOf = (reader: Hdf5Reader, header: number): readonly Message[] => {
  reader.work()
  const version = reader.uint(header, 1)
  if (version !== 1)
    throw new ImportError(
      'expected an HDF5 file as Keras writes it, with headers of version 1, got another; in Python, open the model with Keras and save it again',
    )
  const parts = [{ at: header + 16, size: reader.uint(header + 8, 4) }]
  const found: Message[] = []
  for (let part = parts.shift(), seen = 1; part !== undefined; part = parts.shift()) {
    reader.check(part.at, part.size)
    for (let at = part.at; at + 8 <= part.at + part.size;) {
      reader.work()
      const message = { kind: reader.uint(at, 2), size: reader.uint(at + 2, 2), at: at + 8 }
      reader.check(message.at, message.size)
      found.push(message)
      if (message.kind === kinds.continuation) {
        if (seen++ > mostParts) throw new ImportError(`expected headers of at most ${mostParts} parts in the HDF5 file`)
        parts.push({ at: reader.uint(message.at, 8), size: reader.uint(message.at + 8, 8) })
      }
      at = message.at + message.size
    }
  }
  return found
}
