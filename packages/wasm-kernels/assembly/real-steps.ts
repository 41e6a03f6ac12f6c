import { at, copyTo } from './simd'

/** True if a step has a number other than 0; NaN is one. */
export function isReal(width: i32, x: usize): bool {
  let c = 0
  for (; c + 4 <= width; c += 4) {
    if (v128.any_true(f32x4.ne(v128.load(at(x, c)), f32x4.splat(0)))) return true
  }
  for (; c < width; c++) {
    if (load<f32>(at(x, c)) != 0) return true
  }
  return false
}

/** 1 if every step of x [steps, width] is real, else 0. */
export function allReal(steps: i32, width: i32, x: usize): bool {
  for (let s = 0; s < steps; s++) {
    if (!isReal(width, at(x, s * width))) return false
  }
  return true
}

/** `y` [steps, yWidth] where the step of x [steps, xWidth] is real, 0 elsewhere. */
export function keepRealSteps(steps: i32, xWidth: i32, yWidth: i32, x: usize, y: usize, kept: usize): void {
  for (let s = 0; s < steps; s++) {
    if (isReal(xWidth, x)) copyTo(kept, y, yWidth)
    else memory.fill(kept, 0, at(0, yWidth))
    x = at(x, xWidth)
    y = at(y, yWidth)
    kept = at(kept, yWidth)
  }
}
