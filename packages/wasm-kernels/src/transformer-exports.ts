/** The functions of the compiled module for the layers of transformers; see `assembly/` for each. */
export interface TransformerExports {
  allReal(steps: number, width: number, x: number): number
  keepRealSteps(steps: number, xWidth: number, yWidth: number, x: number, y: number, kept: number): void
  attentionScratch(steps: number, size: number): number
  attention(...args: readonly [...Attention, x: number, y: number, scratch: number]): void
  attentionGradientScratch(steps: number, size: number): number
  attentionGradient(...args: readonly [...Attention, dy: number, x: number, dx: number, scratch: number]): void
  dense(
    ...args: readonly [
      rows: number,
      columns: number,
      depth: number,
      x: number,
      kernel: number,
      bias: number,
      y: number,
      scratch: number,
    ]
  ): void
  gelu(count: number, byTanh: number, x: number, y: number): void
  geluGradient(count: number, byTanh: number, dy: number, x: number, dx: number): void
  layerNorm(
    ...args: readonly [
      rows: number,
      columns: number,
      x: number,
      scale: number,
      shift: number,
      epsilon: number,
      y: number,
    ]
  ): void
  layerNormGradient(
    ...args: readonly [
      rows: number,
      columns: number,
      dy: number,
      x: number,
      scale: number,
      epsilon: number,
      dx: number,
      dScale: number,
      dShift: number,
      scratch: number,
    ]
  ): void
}

type Attention = [batch: number, steps: number, features: number, heads: number, masked: number]
