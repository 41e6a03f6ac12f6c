import { at } from './simd'

/** Adds `bias` (where it is not 0) to every row of a matrix and, with `relu`, clips at zero; NaN stays NaN. */
export function finishRows(rows: i32, columns: i32, bias: usize, relu: bool, target: usize): void {
  if (!bias && !relu) return
  const zero = f32x4.splat(0)
  for (let r = 0; r < rows; r++) {
    const row = at(target, r * columns)
    let c = 0
    for (; c + 4 <= columns; c += 4) {
      const p = at(row, c)
      let value = v128.load(p)
      if (bias) value = f32x4.add(value, v128.load(at(bias, c)))
      v128.store(p, relu ? f32x4.max(value, zero) : value)
    }
    for (; c < columns; c++) {
      const p = at(row, c)
      let value = load<f32>(p)
      if (bias) value += load<f32>(at(bias, c))
      store<f32>(p, relu ? max<f32>(value, 0) : value)
    }
  }
}

/** `dx = dy` where `y > 0`, else 0. */
export function reluGradient(count: i32, dy: usize, y: usize, dx: usize): void {
  const zero = f32x4.splat(0)
  let i = 0
  for (; i + 4 <= count; i += 4) {
    v128.store(at(dx, i), v128.and(v128.load(at(dy, i)), f32x4.gt(v128.load(at(y, i)), zero)))
  }
  for (; i < count; i++) store<f32>(at(dx, i), load<f32>(at(y, i)) > 0 ? load<f32>(at(dy, i)) : 0)
}
