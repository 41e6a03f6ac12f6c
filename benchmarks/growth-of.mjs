import { interleaved } from './interleaved.mjs'

/** Milliseconds of CPU at each size, and the exponent `b` of the least-squares line `log ms = a + b log size`. */
export const growth = async (name, what, sizes, contender, effort) => {
  const contenders = Object.fromEntries(
    await Promise.all(sizes.map(async (size) => [`at ${size}`, await contender(size)])),
  )
  const figures = await interleaved(contenders, effort)
  const points = sizes.map((size) => ({ size, ms: figures[`at ${size}`].cpu }))
  const logs = points.map(({ size, ms }) => [Math.log(size), Math.log(ms)])
  const mean = (of) => logs.reduce((sum, log) => sum + log[of], 0) / logs.length
  const slope =
    logs.reduce((sum, [x, y]) => sum + (x - mean(0)) * (y - mean(1)), 0) /
    logs.reduce((sum, [x]) => sum + (x - mean(0)) ** 2, 0)
  const row = {
    name,
    what,
    points: points.map(({ size, ms }) => ({ size, ms: Number(ms.toPrecision(3)) })),
    exponent: Number(slope.toFixed(2)),
  }
  console.log(JSON.stringify(row))
  return row
}
