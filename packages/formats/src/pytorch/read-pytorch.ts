import { sourceOf, type ByteSource } from '../byte-source.ts'
import type { TensorFile } from '../stored-tensor.ts'
import { isZip } from '../zip/directory.ts'
import type { Container } from './container.ts'
import { isLegacy, readLegacyContainer } from './legacy-container.ts'
import { findStateDict } from './state-dict.ts'
import { tensorOf } from './tensor-of.ts'
import { readZipContainer } from './zip-container.ts'

/** Tells whether bytes are those of a file that `torch.save` wrote. */
export const isPyTorch = (bytes: Uint8Array): boolean =>
  isLegacy(bytes) || isZip(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))

/**
 * The tensors of a file that `torch.save` wrote: a `state_dict`, or a checkpoint that holds one.
 *
 * Keeps `bytes`; makes no tensor. Storages that tensors share and tensors that are views of them are read as PyTorch
 * reads them. Throws `ImportError`.
 */
export const readPyTorch = (bytes: Uint8Array): TensorFile =>
  isLegacy(bytes) ? fromContainer(readLegacyContainer(bytes)) : readPyTorchArchive(sourceOf(bytes))

/** {@link readPyTorch} of an archive whose bytes may be read as they are asked for. */
export const readPyTorchArchive = (source: ByteSource): TensorFile => fromContainer(readZipContainer(source))

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
