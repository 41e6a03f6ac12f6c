import { asBytes, checkImage, type ImageSize } from '@ptu/data'
import { OptionError, ShapeError } from '@ptu/core'

import { valueAt } from './image.ts'

/** An object cut out of its picture. */
export interface Cutout {
  readonly height: number
  readonly width: number
  /** `[height, width, 4]`: red, green, blue and opacity, from 0 to 255. */
  readonly pixels: Uint8Array
}

/** The place of an object in a scene. */
export interface Placement {
  /** The part of the scene's area that the object's box covers, above 0 and at most 1; .2 unless given. */
  readonly area?: number
  /** The middle of the object as parts of the height and the width, each from 0 to 1; the middle unless given. */
  readonly location?: readonly [down: number, across: number]
  /** Degrees against the clock; 0 unless given. */
  readonly rotation?: number
}

const checkPlacement = (area: number, [down, across, rotation]: readonly [number, number, number]): void => {
  if (!(area > 0 && area <= 1)) throw new OptionError(`expected an area above 0 and at most 1, got ${String(area)}`)
  if (![down, across].every((part) => part >= 0 && part <= 1) || !Number.isFinite(rotation))
    throw new OptionError(
      `expected a location from 0 to 1 and finite degrees, got ${String(down)}, ${String(across)} and ${String(rotation)}`,
    )
}

/** Tells whether a place lies on the pixels of a side. */
const isInside = (place: number, side: number): boolean => place >= -0.5 && place <= side - 0.5

/**
 * An object on a background, for SI-Score-style grids of size, location and rotation: `[height, width, 3]` bytes.
 *
 * The object keeps its proportions and is read bilinearly. Throws `ShapeError` where pixels do not fit, and
 * `OptionError` for a placement out of range.
 *
 * References:
 *   Djolonga et al., "On robustness and transferability of convolutional neural networks", CVPR 2021, §4, https://arxiv.org/abs/2007.08558
 */
export const scene = (
  { height, width, pixels }: Cutout,
  background: Uint8Array,
  size: Pick<ImageSize, 'height' | 'width'>,
  { area = 0.2, location: [down, across] = [0.5, 0.5], rotation = 0 }: Placement = {},
): Uint8Array => {
  const back = { ...size, channels: 3 }
  const own = { height, width, channels: 4 }
  checkImage(background, back)
  checkImage(pixels, own)
  checkPlacement(area, [down, across, rotation])
  const scale = Math.sqrt((area * size.height * size.width) / (height * width))
  const [sine, cosine] = [Math.sin((rotation * Math.PI) / 180), Math.cos((rotation * Math.PI) / 180)]
  const out = Float64Array.from(background)
  for (let i = 0; i < size.height * size.width; i++) {
    const y = Math.floor(i / size.width) + 0.5 - down * size.height
    const x = (i % size.width) + 0.5 - across * size.width
    const row = (y * cosine + x * sine) / scale + height / 2 - 0.5
    const column = (x * cosine - y * sine) / scale + width / 2 - 0.5
    if (!isInside(row, height) || !isInside(column, width)) continue
    const opacity = valueAt(pixels, own, [row, column, 3]) / 255
    for (let c = 0; c < 3; c++)
      out[3 * i + c] =
        opacity * valueAt(pixels, own, [row, column, c]) + (1 - opacity) * (background[3 * i + c] as number)
  }
  return asBytes(out)
}

/** The values of each factor that {@link sceneGrid} varies. */
export interface SceneGridOptions {
  readonly areas?: readonly number[]
  /** The locations along each axis. */
  readonly locations?: readonly number[]
  readonly rotations?: readonly number[]
  /** The area of the object where its size is not varied; .2 unless given. */
  readonly area?: number
}

/** A placement of a grid with the factor that it varies. */
export interface GridPlacement {
  readonly factor: 'size' | 'location' | 'rotation'
  readonly placement: Required<Placement>
}

/**
 * The placements of a grid: one factor is varied, the others stay in the middle, upright, of one area.
 *
 * @example
 * ```ts
 * expect(sceneGrid({ areas: [0.1, 1], locations: [0, 1], rotations: [90] })).toHaveLength(2 + 4 + 1)
 * ```
 */
export const sceneGrid = ({
  areas = [0.01, 0.05, 0.1, 0.2, 0.4, 0.7, 1],
  locations = [0.1, 0.3, 0.5, 0.7, 0.9],
  rotations = [-150, -120, -90, -60, -30, 0, 30, 60, 90, 120, 150, 180],
  area: usual = 0.2,
}: SceneGridOptions = {}): readonly GridPlacement[] => {
  const middle: Required<Placement> = { area: usual, location: [0.5, 0.5], rotation: 0 }
  if (areas.length + locations.length + rotations.length === 0)
    throw new ShapeError('expected areas, locations or rotations, got none')
  return [
    ...areas.map((area) => ({ factor: 'size' as const, placement: { ...middle, area } })),
    ...locations.flatMap((down) =>
      locations.map((across) => ({
        factor: 'location' as const,
        placement: { ...middle, location: [down, across] as const },
      })),
    ),
    ...rotations.map((rotation) => ({ factor: 'rotation' as const, placement: { ...middle, rotation } })),
  ]
}
