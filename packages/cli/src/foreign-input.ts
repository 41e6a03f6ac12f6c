import type { ImageRule } from '@ptu/data'
import { normalisationFor, pixelRanges, UsageError, type InputRule, type PixelRange } from '@ptu/experiments'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

/** The ranges of pixels that are assumed where nothing says them: those of torchvision's networks and of Keras's. */
export const usualRanges: { readonly pytorch: PixelRange; readonly keras: PixelRange } = {
  pytorch: 'imagenet',
  keras: '-1..1',
}

/** The known facts about the input of a network of another library. */
export interface ForeignInput {
  /** The shape of an example. */
  readonly shape: Shape
  /** The range that was named for its pixels. */
  readonly range: PixelRange | undefined
  /** The range that is assumed where none was named. */
  readonly usual: PixelRange
  /** The way from an image to an example, but for its size. */
  readonly fit: Omit<ImageRule, 'size' | 'channels'>
}

/** The inputs that a network of another library expects, with what was assumed of them. */
export interface AssumedInput {
  readonly input: InputRule
  readonly warnings: readonly string[]
}

/**
 * The inputs of a network whose file says nothing of them but their shape: images in a range of pixels, or measurements as
 * they are.
 */
export const foreignInput = (
  name: string,
  { shape, range, usual, fit }: ForeignInput,
): E.Either<UsageError, AssumedInput> => {
  const [height = 1, width = 1, channels] = shape
  if (shape.length !== 3 || (channels !== 1 && channels !== 3)) return measurements(name, shape, range)
  const assumed = range ?? (channels === 1 && usual === 'imagenet' ? '0..1' : usual)
  return pipe(
    normalisationOf(assumed, channels),
    E.map((normalisation) => ({
      input: { shape, vocabulary: null, image: { ...fit, size: [height, width], channels }, normalisation },
      warnings:
        range === undefined
          ? [
              `${name} does not say what it expects of its pixels: ${assumed} is taken; if that is wrong, say so with ` +
                `--range ${pixelRanges.join(' or ')}`,
            ]
          : [],
    })),
  )
}

/** A single channel has the same step for all pixels. */
const normalisationOf = (range: PixelRange, channels: number): E.Either<UsageError, InputRule['normalisation']> => {
  if (channels === 3) return E.right(normalisationFor(range))
  const { mean, deviation } = normalisationFor(range)
  return range === 'imagenet'
    ? E.left(
        new UsageError('--range: imagenet is a range of three channels, the network reads one; name 0..1 or -1..1'),
      )
    : E.right({ mean: mean[0] ?? 0, deviation: deviation[0] ?? 1 })
}

const measurements = (name: string, shape: Shape, range: PixelRange | undefined): E.Either<UsageError, AssumedInput> =>
  range === undefined
    ? E.right({
        input: { shape, vocabulary: null, image: null, normalisation: { mean: 0, deviation: 1 } },
        warnings: [`${name} does not say how its inputs were scaled: they are taken as they are`],
      })
    : E.left(new UsageError(`--range: ${name} reads ${shape.join(' × ')} and no images; leave --range out`))
