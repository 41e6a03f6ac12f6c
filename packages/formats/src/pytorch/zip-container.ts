import type { ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'
import { openArchive, type Member } from '../zip/archive.ts'
import type { Container } from './container.ts'
import { unpickle } from './unpickle.ts'
import { stateDictWorld } from './world.ts'

/** The largest description of tensors; a larger one is refused before it is read. */
const largestPickle = 2 ** 26

/**
 * The container that `torch.save` writes since PyTorch 1.6: a zip archive of a folder with `data.pkl`, a file
 * `data/KEY` for each storage, and since 2.1 the order of bytes in `byteorder`.
 *
 * Throws `ImportError`.
 *
 * References:
 *   PyTorch, "Serialization semantics", file format, https://pytorch.org/docs/stable/notes/serialization.html
 */
export const readZipContainer = (source: ByteSource): Container => {
  const members = openArchive(source)
  const pickle = [...members.values()].find(({ name }) => /^(?:[^/]*\/)?data\.pkl$/.test(name))
  if (pickle === undefined) return none(members)
  const root = pickle.name.slice(0, -'data.pkl'.length)
  if (members.has(`${root}constants.pkl`))
    throw new ImportError(
      "expected a state_dict, the file is a TorchScript program; in Python: torch.save(torch.jit.load(path).state_dict(), 'weights.pth')",
    )
  if (pickle.size > largestPickle)
    throw new ImportError(`expected a data.pkl of at most ${largestPickle} bytes, got ${pickle.size}`)
  const { value } = unpickle(pickle.bytes(), 0, stateDictWorld)
  const folder = `${root}data/`
  const storages = [...members.values()].filter(({ name }) => name.startsWith(folder))
  return {
    format: 'PyTorch (zip container)',
    value,
    littleEndian: isLittle(members.get(`${root}byteorder`)),
    storages: new Map(storages.map((member) => [member.name.slice(folder.length), member])),
  }
}

const none = (members: ReadonlyMap<string, Member>): never => {
  const some = [...members.keys()].slice(0, 3).map(shown)
  throw new ImportError(
    `expected the archive of a PyTorch file, with a data.pkl, got one of ${some.join(', ') || 'nothing'}`,
  )
}

const isLittle = (member: Member | undefined): boolean => {
  if (member === undefined) return true
  const order = member.size > 8 ? '' : new TextDecoder().decode(member.bytes())
  if (order !== 'little' && order !== 'big')
    throw new ImportError(`expected the order of bytes to be little or big, got ${shown(order)}`)
  return order === 'little'
}
