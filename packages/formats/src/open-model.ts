import { disposeSource, ImportError, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { disposeParams, type Shape } from '@ptu/tensor'
import type { Either } from 'fp-ts/lib/Either.js'

import { recognise } from './architectures/recognise.ts'
import { architectures } from './architectures/table.ts'
import { attempt } from './attempt.ts'
import type { DescribedModel } from './described-model.ts'
import type { FolderDescriptions, PixelStep } from './hugging-face/descriptions.ts'
import { fromHuggingFace } from './hugging-face/from-hugging-face.ts'
import type { TokenInput } from './hugging-face/model-type.ts'
import { describedModel } from './layers-model/from-layers-model.ts'
import { imageModel } from './layers-model/image-model.ts'
import { readTensorFile, type NamedBytes } from './read-tensor-file.ts'
import { shownShape } from './shown.ts'
import type { TensorFile } from './stored-tensor.ts'

/** A trained network that a file holds. */
export interface ModelFile {
  /** The format of the file: `PyTorch state_dict (legacy container)`. */
  readonly format: string
  /** The name of the network: `torchvision mobilenet_v2`. */
  readonly architecture: string
  /** Input side first, up to the last map before pooling; batch normalisation is folded into the convolutions. */
  readonly source: SourceNetwork<OpenBlock>
  /** The rest, pooling and classifier; undefined if the file has none of this architecture. */
  readonly head: OpenBlock | undefined
  /** The shape of an example: `[height, width, channels]`, or `[tokens]` of a network of texts. */
  readonly input: Shape
  /** The tensors and other entries of the file that are not used. */
  readonly leftOver: readonly string[]
  /** Facts that follow from format and architecture, for people to read: epsilon, activation, padding, pixels. */
  readonly facts: Readonly<Record<string, string>>
  /** The range of pixels that the network itself scales from; undefined where the file does not say. */
  readonly pixels?: '0..255'
  /** The step from pixels of 0 to 1 to what the network reads, where the folder says it: Hugging Face. */
  readonly normalisation?: PixelStep
  /** The tokens that the network reads, if it reads texts. */
  readonly tokens?: TokenInput
  /** The content of the `config.json` that describes it: Hugging Face. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** The options of {@link openModel}. */
export interface OpenOptions {
  /** The shape of an example; default the one that the network was made for. */
  readonly input?: Shape
}

/**
 * Opens the trained network in a file. The format is told from the content, the architecture from the tensors.
 *
 * It reads files of PyTorch (`torch.save` of a `state_dict` or of a checkpoint, both containers), safetensors, and Keras
 * (`.keras` and `.h5` of Keras 2 and 3). Nothing in a file is run. A file that {@link listTensors} has read is not read
 * again. Borrows the bytes, which are not needed afterwards. The caller owns the parameters: {@link disposeModel} frees them.
 * A Left says what was expected, or names the nearest architectures.
 *
 * @example
 * ```ts
 * const opened = openModel({ name: 'notes.txt', bytes: new TextEncoder().encode('no weights') })
 * expect(E.isLeft(opened) && opened.left.message).toContain('expected a file of PyTorch, safetensors, Keras or ONNX')
 * ```
 */
export const openModel = (file: NamedBytes | TensorFile, options: OpenOptions = {}): Either<ImportError, ModelFile> =>
  attempt(() => modelFrom('tensors' in file ? file : readTensorFile(file), options))

/**
 * Opens the network of a Hugging Face folder from its `model.safetensors` and the files that describe it, as bytes.
 *
 * Encoders of texts (BERT, RoBERTa, DistilBERT) read tokens `[batch, steps]`, padded at the end, and end in one vector a text.
 * Networks of pictures (ViT, DeiT, DINOv2, CLIP's image tower, ResNet, ConvNeXt, MobileNetV2) end in a vector or a map. The caller owns
 * the parameters. A Left names what is wrong: an unknown `model_type`, a tensor that is missing, of another shape, or one too many.
 *
 * @example
 * ```ts
 * const config = new TextEncoder().encode('{"model_type": "t5"}')
 * const file = { name: 'model.safetensors', bytes: new TextEncoder().encode('\u0002\0\0\0\0\0\0\0{}') }
 * const opened = openHuggingFace(file, { config })
 * expect(E.isLeft(opened) && opened.left.message).toContain('expected model_type to be one of bert, ')
 * ```
 */
export const openHuggingFace = (
  file: NamedBytes,
  descriptions: FolderDescriptions,
  options: OpenOptions = {},
): Either<ImportError, ModelFile> => attempt(() => folderModelFrom(readTensorFile(file), descriptions, options))

/** The network of a Hugging Face folder. Throws `ImportError`. */
export const folderModelFrom = (
  file: TensorFile,
  descriptions: FolderDescriptions,
  options: OpenOptions,
): ModelFile => {
  if (options.input !== undefined) checkInput(options.input)
  return fromHuggingFace(file, descriptions, options)
}

/** The network that the tensors of a file make up. Throws `ImportError`. */
export const modelFrom = (file: TensorFile, { input }: OpenOptions): ModelFile => {
  if (input !== undefined) checkInput(input)
  if (file.model !== undefined) return describedFile(file, describedModel(file.model), input)
  if (file.format.startsWith('Keras')) throw new ImportError(unnamed)
  const tensors = new Map(file.tensors.map((one) => [one.name, one]))
  const architecture = recognise(tensors, architectures)
  const { used, facts, ...network } = architecture.build(tensors, { ...(input && { input }) })
  return {
    format: file.format,
    architecture: architecture.name,
    ...network,
    leftOver: [...file.tensors.map(({ name }) => name).filter((name) => !used.has(name)), ...file.others],
    facts: { ...file.facts, ...facts },
  }
}

const unnamed =
  'these are weights alone, which do not say of which layers: put the config.json of the model beside them (in Python: model.to_json()), or save the whole model with model.save("model.keras")'

/** The network of images that a file describes. Throws `ImportError`. */
export const describedFile = (
  file: Pick<TensorFile, 'format' | 'facts'>,
  model: DescribedModel,
  wanted: Shape | undefined,
): ModelFile => {
  const { source, head, input, scalesPixels, rest, used } = imageModel(model, wanted)
  return {
    ...{ format: file.format, architecture: model.title, source, head, input },
    leftOver: model.weights.map(({ name }) => name).filter((name) => !used.has(name)),
    facts: {
      ...file.facts,
      ...model.facts,
      ...(scalesPixels && { pixels: 'from 0 to 255: the network scales them itself' }),
      ...(rest !== undefined && { 'left out': rest }),
    },
    ...(scalesPixels && { pixels: '0..255' }),
  }
}

const checkInput = (input: Shape): void => {
  const fits = input.length === 3 && input.every((size) => Number.isSafeInteger(size) && size > 0 && size <= 2 ** 14)
  if (!fits) throw new ImportError(`expected input to be [height, width, channels], got ${shownShape(input)}`)
}

/** Lists the tensors of a file: names, shapes and types of number. None of the numbers is read. */
export const listTensors = (file: NamedBytes): Either<ImportError, TensorFile> => attempt(() => readTensorFile(file))

/** Frees the parameters of an opened model: the source's and the head's. */
export const disposeModel = ({ source, head }: ModelFile): void => {
  disposeSource(source)
  if (head !== undefined) disposeParams(head.params)
}
