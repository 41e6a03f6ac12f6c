/** The functions of the compiled module for sequences and batch normalisation; see `assembly/` for each. */
export interface SequenceExports {
  recurrentScratch(batch: number, hidden: number, gates: number): number
  gruForward(
    ...args: readonly [
      ...Sequence,
      x: number,
      u: number,
      bias: number,
      h0: number,
      hs: number,
      saved: number,
      scratch: number,
    ]
  ): void
  gruGradient(
    ...args: readonly [
      ...Sequence,
      dhs: number,
      u: number,
      h0: number,
      hs: number,
      saved: number,
      dx: number,
      du: number,
      dBias: number,
      dh0: number,
      dProducts: number,
      scratch: number,
    ]
  ): void
  lstmForward(
    ...args: readonly [
      ...Sequence,
      x: number,
      u: number,
      h0: number,
      c0: number,
      hs: number,
      cs: number,
      saved: number,
      scratch: number,
    ]
  ): void
  lstmGradient(
    ...args: readonly [
      ...Sequence,
      dhs: number,
      u: number,
      h0: number,
      c0: number,
      hs: number,
      cs: number,
      saved: number,
      dx: number,
      du: number,
      dh0: number,
      dc0: number,
      scratch: number,
    ]
  ): void
  rowWidth(sequence: number): number
  keptWidth(sequence: number): number
  mixedSequenceScratch(sequence: number): number
  mixedSequenceForward(
    ...args: readonly [sequence: number, y: number, states: number, maps: number, kept: number, scratch: number]
  ): void
  mixedSequenceGradient(
    ...args: readonly [
      sequence: number,
      gradient: number,
      dy: number,
      states: number,
      maps: number,
      kept: number,
      scratch: number,
    ]
  ): void
  mixedSequenceInputGradient(sequence: number, dMaps: number, dx: number, scratch: number): void
  batchNorm(
    ...args: readonly [
      rows: number,
      columns: number,
      x: number,
      scale: number,
      offset: number,
      epsilon: number,
      y: number,
      mean: number,
      variance: number,
      inverse: number,
      scratch: number,
    ]
  ): void
  batchNormGradient(
    ...args: readonly [
      rows: number,
      columns: number,
      dy: number,
      x: number,
      scale: number,
      mean: number,
      inverse: number,
      dx: number,
      dScale: number,
      dOffset: number,
      scratch: number,
    ]
  ): void
}

type Sequence = [steps: number, batch: number, hidden: number]
