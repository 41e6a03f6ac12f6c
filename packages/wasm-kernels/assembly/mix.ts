import { addTo, at, loadSome, storeSome } from './simd'

/** `f·fineTuned + (1 - f)·random`, rounded after each operation; without a random branch the fine-tuned one. */
@inline
function target(fineTuned: v128, random: usize, fineTune: usize, count: i32): v128 {
  if (!random) return fineTuned
  const f = loadSome(fineTune, count)
  const rest = f32x4.mul(f32x4.sub(f32x4.splat(1), f), loadSome(random, count))
  return f32x4.add(f32x4.mul(f, fineTuned), rest)
}

/** An address `offset` numbers on, or 0 where there is nothing. */
@inline
function beyond(base: usize, offset: i32): usize {
  return base ? at(base, offset) : 0
}

/**
 * `z = (1 - u)·source + u·(f·fineTuned + (1 - f)·random)` over [examples, positions, channels], rounded after each
 * operation. The gates are [channels] (their stride is 0) or [examples, channels]; without a random branch (0) there is
 * no fine-tune gate either.
 */
export function mix(
  examples: i32,
  positions: i32,
  channels: i32,
  source: usize,
  fineTuned: usize,
  random: usize,
  update: usize,
  updateStride: i32,
  fineTune: usize,
  fineTuneStride: i32,
  z: usize,
): void {
  const one = f32x4.splat(1)
  for (let row = 0; row < examples * positions; row++) {
    const example = row / positions
    const gate = at(update, example * updateStride)
    const fine = beyond(fineTune, example * fineTuneStride)
    for (let c = 0; c < channels; c += 4) {
      const count = channels - c
      const i = row * channels + c
      const u = loadSome(at(gate, c), count)
      const open = target(loadSome(at(fineTuned, i), count), beyond(random, i), beyond(fine, c), count)
      const shut = f32x4.mul(f32x4.sub(one, u), loadSome(at(source, i), count))
      storeSome(at(z, i), f32x4.add(shut, f32x4.mul(u, open)), count)
    }
  }
}

@inline
function addLanes(target: usize, value: v128, count: i32): void {
  storeSome(target, f32x4.add(loadSome(target, count), value), count)
}

/**
 * Gradients of `mix` in everything it reads. Those of the gates are sums over positions, and over examples too where
 * the gate is [channels]; `sums` is scratch for two rows of channels.
 */
export function mixGradient(
  examples: i32,
  positions: i32,
  channels: i32,
  dz: usize,
  source: usize,
  fineTuned: usize,
  random: usize,
  update: usize,
  updateStride: i32,
  fineTune: usize,
  fineTuneStride: i32,
  dSource: usize,
  dFineTuned: usize,
  dRandom: usize,
  dUpdate: usize,
  dFineTune: usize,
  sums: usize,
): void {
  const one = f32x4.splat(1)
  const fineSums = at(sums, channels)
  const rowBytes = at(0, channels)
  memory.fill(dUpdate, 0, updateStride ? rowBytes * examples : rowBytes)
  if (random) memory.fill(dFineTune, 0, fineTuneStride ? rowBytes * examples : rowBytes)
  for (let example = 0; example < examples; example++) {
    const gate = at(update, example * updateStride)
    const fine = beyond(fineTune, example * fineTuneStride)
    memory.fill(sums, 0, 2 * rowBytes)
    for (let row = example * positions; row < (example + 1) * positions; row++) {
      for (let c = 0; c < channels; c += 4) {
        const count = channels - c
        const i = row * channels + c
        const u = loadSome(at(gate, c), count)
        const gradient = loadSome(at(dz, i), count)
        const tuned = loadSome(at(fineTuned, i), count)
        const open = target(tuned, beyond(random, i), beyond(fine, c), count)
        const inward = f32x4.mul(gradient, u)
        addLanes(at(sums, c), f32x4.mul(gradient, f32x4.sub(open, loadSome(at(source, i), count))), count)
        storeSome(at(dSource, i), f32x4.mul(gradient, f32x4.sub(one, u)), count)
        if (!random) {
          storeSome(at(dFineTuned, i), inward, count)
          continue
        }
        const f = loadSome(at(fine, c), count)
        addLanes(at(fineSums, c), f32x4.mul(inward, f32x4.sub(tuned, loadSome(at(random, i), count))), count)
        storeSome(at(dFineTuned, i), f32x4.mul(inward, f), count)
        storeSome(at(dRandom, i), f32x4.mul(inward, f32x4.sub(one, f)), count)
      }
    }
    addTo(at(dUpdate, example * updateStride), sums, channels)
    if (random) addTo(at(dFineTune, example * fineTuneStride), fineSums, channels)
  }
}
