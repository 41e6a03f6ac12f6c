/**
 * The text of `pixels.js`, an ES module without dependencies that lies beside an exported model.
 *
 * `pixelsOf(picture, rule)` makes in a page the pixels that the readers of `@ptu/data` make in Node: turned by Exif, opacity
 * laid on the background, resized by a triangle filter that is as wide as the factor of shrinking, sizes rounded as
 * torchvision and Pillow round them, in 32-bit floats and rounded once. Of pictures that both decode alike (PNG, GIF,
 * lossless WebP) the bytes are the same. Decoders of JPEG differ by a grey level or two.
 *
 * References:
 *   Clark et al., "Pillow", Image.resize, ImageOps.pad, https://pillow.readthedocs.io/en/stable/reference/Image.html
 *   The PyTorch authors, "torchvision", transforms.Resize, transforms.CenterCrop, https://docs.pytorch.org/vision/stable/transforms.html
 *   ITU-R, "Recommendation BT.601-7", 2011, §2.5.1, https://www.itu.int/rec/R-REC-BT.601
 */
export const pixelsJs: string = String.raw`// Makes of pictures the pixels that the model beside this file was trained on. No dependencies.

/**
 * The pixels of a picture: height × width × channels bytes, row by row.
 *
 * picture: a File, a Blob, an image, a canvas, an ImageBitmap or ImageData.
 * rule: { size: [height, width], channels, fit, shorter, background }, which the model holds:
 *
 *   const model = await tf.loadLayersModel('./model.json')
 *   const { labels, photo } = model.getUserDefinedMetadata()
 *   const x = tf.tensor(await pixelsOf(file, photo), [1, ...photo.size, photo.channels], 'float32')
 *   const probabilities = await model.predict(x).data() // one for each of labels
 */
export const pixelsOf = async (picture, rule) => fitted(await rasterOf(picture), rule)

/** Decodes to { width, height, data }, with red, green, blue and opacity of each pixel, turned as Exif says. */
const rasterOf = async (picture) => {
  if (picture.data !== undefined) return picture
  const bitmap = await createImageBitmap(picture, {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  })
  try {
    const { width, height } = bitmap
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    const context = canvas.getContext('2d', { willReadFrequently: true })
    context.drawImage(bitmap, 0, 0)
    const raster = context.getImageData(0, 0, width, height)
    return isTranslucent(raster.data) ? (exactRaster(bitmap) ?? raster) : raster
  } finally {
    bitmap.close()
  }
}

const isTranslucent = (data) => {
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0 && data[i] < 255) return true
  return false
}

/** A 2D canvas rounds colours under opacity, a texture keeps them; undefined where there is no WebGL or the picture is too large. */
const exactRaster = (bitmap) => {
  const { width, height } = bitmap
  const gl = document.createElement('canvas').getContext('webgl2')
  if (gl === null || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return undefined
  const data = new Uint8Array(4 * width * height)
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false)
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, texture)
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap)
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer())
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data)
  const failed = gl.getError() !== gl.NO_ERROR
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return failed ? undefined : { width, height, data }
}

const fitted = (raster, { size, channels = 3, fit = 'squash', shorter, background = [255, 255, 255] }) => {
  const from = [raster.height, raster.width]
  const draw = (to, part) => resampled(raster, to, part, background, channels)
  if (fit === 'squash') return draw(size, { top: 0, left: 0, size })
  if (fit === 'crop') {
    const to = shorter === undefined ? covering(from, size) : scaledTo(shorter, from)
    return draw(to, middle(to, size))
  }
  const inner = within(from, size)
  return bordered(draw(inner, { top: 0, left: 0, size: inner }), inner, size, background, channels)
}

/** The nearest whole number; of two, the even one. */
const roundHalfEven = (value) => {
  const below = Math.floor(value)
  return value - below === 0.5 ? below + Math.abs(below % 2) : Math.round(value)
}

/** The size at which the shorter side is as given; the longer one is rounded down. */
const scaledTo = (shorter, [height, width]) =>
  height <= width
    ? [shorter, Math.floor((shorter * width) / height)]
    : [Math.floor((shorter * height) / width), shorter]

/** The smallest size of the same aspect that covers a size. */
const covering = ([height, width], size) =>
  height * size[1] <= width * size[0]
    ? [size[0], Math.floor((size[0] * width) / height)]
    : [Math.floor((size[1] * height) / width), size[1]]

/** The largest size of the same aspect within a size. */
const within = ([height, width], size) =>
  height * size[1] <= width * size[0]
    ? [Math.max(1, roundHalfEven((height / width) * size[1])), size[1]]
    : [size[0], Math.max(1, roundHalfEven((width / height) * size[0]))]

const middle = (from, size) => ({
  top: roundHalfEven((from[0] - size[0]) / 2),
  left: roundHalfEven((from[1] - size[1]) / 2),
  size,
})

/** One row on the background, as numbers: red, green and blue, or one brightness. */
const flattenRow = ({ width, data }, row, ground, channels, out) => {
  for (let x = 0, at = 4 * row * width; x < width; x++, at += 4) {
    const opacity = data[at + 3] / 255
    const [red, green, blue] = ground.map((colour, i) => data[at + i] * opacity + colour * (1 - opacity))
    if (channels === 1) out[x] = brightness(red, green, blue)
    else out.set([red, green, blue], 3 * x)
  }
}

const brightness = (red, green, blue) => 0.299 * red + 0.587 * green + 0.114 * blue

/** The inputs that make each output along an axis, and how much each counts: a triangle, wider where the axis shrinks. */
const tapsOf = (before, after, start, count) =>
  Array.from({ length: count }, (_, i) => {
    const ratio = before / after
    const reach = Math.max(1, ratio)
    const centre = (start + i + 0.5) * ratio
    const first = Math.max(0, Math.floor(centre - reach))
    const last = Math.min(before, Math.ceil(centre + reach))
    const weights = Array.from({ length: last - first }, (_, j) =>
      Math.max(0, 1 - Math.abs((first + j + 0.5 - centre) / reach)),
    )
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return { first, weights: weights.map((weight) => weight / total) }
  })

const addWeighted = (out, to, values, at, count, weight) => {
  for (let k = 0; k < count; k++) out[to + k] += weight * values[at + k]
}

/** A part of the picture resized to a size, first along rows, then along columns. */
const resampled = (raster, to, { top, left, size: [height, width] }, ground, channels) => {
  const across = tapsOf(raster.width, to[1], left, width)
  const down = tapsOf(raster.height, to[0], top, height)
  const start = down[0].first
  const end = down[height - 1].first + down[height - 1].weights.length
  const length = width * channels
  const row = new Float32Array(raster.width * channels)
  const rows = new Float32Array((end - start) * length)
  for (let y = start; y < end; y++) {
    flattenRow(raster, y, ground, channels, row)
    across.forEach(({ first, weights }, x) =>
      weights.forEach((weight, j) =>
        addWeighted(rows, (y - start) * length + x * channels, row, (first + j) * channels, channels, weight),
      ),
    )
  }
  const out = new Float32Array(height * length)
  down.forEach(({ first, weights }, y) =>
    weights.forEach((weight, j) => addWeighted(out, y * length, rows, (first + j - start) * length, length, weight)),
  )
  return Uint8Array.from(out, Math.round)
}

/** A picture in the middle of a larger one of the background's colour. */
const bordered = (pixels, inner, size, ground, channels) => {
  const colour = (channels === 1 ? [brightness(...ground)] : ground).map(Math.round)
  const { top, left } = middle(size, inner)
  const out = Uint8Array.from({ length: size[0] * size[1] * channels }, (_, i) => colour[i % channels])
  const length = inner[1] * channels
  for (let y = 0; y < inner[0]; y++)
    out.set(pixels.subarray(y * length, (y + 1) * length), ((top + y) * size[1] + left) * channels)
  return out
}
`
