import type { Measured } from './explanation.ts'

/** A part of a picture, in pixels. */
export interface UnitPatch {
  /** The name of the picture. */
  readonly name: string
  /** Its place among the examples that are looked at. */
  readonly place: number
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** The units of a block that carry most of each class. */
export interface ImportantUnits {
  /** The last block whose output is a map. */
  readonly block: string
  readonly channels: number
  /** The most nodes of an example: they are doubled where too much is missed. */
  readonly nodes: number
  /** The median part of the change of a logit that the conductance of the block misses, over pictures. */
  readonly missed: number
  /** The largest such part. */
  readonly missedMost: number
  readonly classes: readonly {
    readonly name: string
    /** The number of its examples whose conductance was taken. */
    readonly examples: number
    readonly units: readonly {
      readonly unit: number
      /** Its conductance by the sum of the sizes of all conductances of the block. */
      readonly share: Measured
      /** The parts of pictures that excite it most, each of another picture. */
      readonly patches: readonly UnitPatch[]
    }[]
  }[]
}

/** The cost of the worst small move of the parameters of each block. */
export interface FragileParameters {
  /** The length of the move by that of the parameters. */
  readonly part: number
  /** The number of examples that it is judged by; it was found by others. */
  readonly count: number
  /** The most fragile first. */
  readonly blocks: readonly {
    readonly name: string
    readonly parameters: number
    /** The probability of the right class that is lost. */
    readonly lost: Measured
  }[]
}
