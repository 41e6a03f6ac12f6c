import { decode } from 'fast-png'

/** A picture of bytes, `[height, width, 3]`. */
export interface Picture {
  readonly height: number
  readonly width: number
  readonly values: Uint8Array
}

/** The red, green and blue of a PNG. */
export const pictureOf = (png: Uint8Array): Picture => {
  const { width, height, data, channels } = decode(png)
  const values = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => data[Math.floor(i / 3) * channels + (i % 3)] ?? 0,
  )
  return { width, height, values }
}

/** The weights of the old positions at each new one, by a triangle as wide as two old or new positions, whichever is more. */
const triangles = (from: number, to: number): readonly (readonly (readonly [place: number, weight: number])[])[] => {
  const scale = from / to
  const reach = Math.max(scale, 1)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const first = Math.max(Math.floor(centre - reach + 0.5), 0)
    const end = Math.min(Math.floor(centre + reach + 0.5), from)
    const found = Array.from({ length: end - first }, (__, k) => {
      const place = first + k
      return [place, Math.max(1 - Math.abs((place + 0.5 - centre) / reach), 0)] as const
    })
    const total = found.reduce((sum, [, weight]) => sum + weight, 0)
    return found.map(([place, weight]) => [place, weight / total] as const)
  })
}

const narrowed = ({ height, width, values }: Picture, to: number): Picture => {
  const weights = triangles(width, to)
  const out = new Uint8ClampedArray(height * to * 3)
  for (let row = 0; row < height; row++)
    for (const [i, places] of weights.entries())
      for (let c = 0; c < 3; c++)
        out[(row * to + i) * 3 + c] = places.reduce(
          (sum, [p, w]) => sum + w * (values[(row * width + p) * 3 + c] ?? 0),
          0,
        )
  return { height, width: to, values: new Uint8Array(out) }
}

const turned = ({ height, width, values }: Picture): Picture => {
  const place = (i: number): number => (Math.floor(i / 3) % height) * width + Math.floor(i / 3 / height)
  return {
    height: width,
    width: height,
    values: values.map((_, i) => values[place(i) * 3 + (i % 3)] ?? 0),
  }
}

/** The middle of a picture whose shorter side was made `shorter` long, as torchvision's Resize and CenterCrop make it. */
export const centre = (picture: Picture, shorter: number, size: number): Picture => {
  const scale = shorter / Math.min(picture.height, picture.width)
  const [height, width] = [Math.floor(picture.height * scale), Math.floor(picture.width * scale)]
  const { values } = turned(narrowed(turned(narrowed(picture, width)), height))
  const [top, left] = [Math.round((height - size) / 2), Math.round((width - size) / 2)]
  const rows = Array.from({ length: size }, (_, row) => {
    const start = ((top + row) * width + left) * 3
    return values.subarray(start, start + size * 3)
  })
  return { height: size, width: size, values: Uint8Array.from(rows.flatMap((row) => [...row])) }
}
