import type { ByteSource } from '@ptu/core'

import type { TensorFile } from '../stored-tensor.ts'
import { isZip } from '../zip/directory.ts'
import type { Container } from './container.ts'
import { isLegacy, readLegacyContainer } from './legacy-container.ts'
import { findStateDict } from './state-dict.ts'
import { tensorOf } from './tensor-of.ts'
import { readZipContainer } from './zip-container.ts'

/** Tells whether a file is one that `torch.save` wrote. */
export const isPyTorch = (source: ByteSource): boolean => isLegacy(source) || isZip(source)

/**
 * The tensors of a file that `torch.save` wrote: a `state_dict`, or a checkpoint that holds one.
 *
 * Keeps `source`; makes no tensor. Storages that tensors share and tensors that are views of them are read as PyTorch
 * reads them. Throws `ImportError`.
 */
export const readPyTorch = (source: ByteSource): TensorFile =>
  fromContainer(isLegacy(source) ? readLegacyContainer(source) : readZipContainer(source))

const fromContainer = (container: Container): TensorFile => {
  const { tensors, others, path, prefix } = findStateDict(container.value)
  return {
    format: container.format.replace('PyTorch', path.length === 0 ? 'PyTorch state_dict' : 'PyTorch checkpoint'),
    tensors: tensors.map(([name, value]) => tensorOf(name, value, container)),
    others,
    facts: {
      'byte order': container.littleEndian ? 'lowest byte first' : 'highest byte first',
      ...(path.length > 0 && { 'state_dict found in': path.join('.') }),
      ...(prefix !== '' && { 'prefix taken off': prefix }),
    },
  }
}
