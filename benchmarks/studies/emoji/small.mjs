/** Square images made smaller by averaging blocks: `[height, width, channels]` to `[side, side, channels]`. */
export const downTo = ({ shape, features, ...rest }, side) => {
  const [height, width, channels] = shape
  const [rows, columns] = [height / side, width / side]
  const count = features.length / (height * width * channels)
  const out = new Float32Array(count * side * side * channels)
  for (let i = 0; i < features.length; i++) {
    const channel = i % channels
    const pixel = (i - channel) / channels
    const [x, y] = [Math.floor((pixel % width) / columns), Math.floor((Math.floor(pixel / width) % height) / rows)]
    const image = Math.floor(pixel / (width * height))
    out[((image * side + y) * side + x) * channels + channel] += features[i] / (rows * columns)
  }
  return { ...rest, shape: [side, side, channels], features: out }
}
