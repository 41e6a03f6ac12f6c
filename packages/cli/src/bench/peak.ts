import { operationsPerRound, peakModule, type Instructions } from './peak-module.ts'
import type { Work } from './rate.ts'

/** The part of WebAssembly that is used here; TypeScript declares it only together with the DOM. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: { readonly run: (rounds: number) => number } }
  validate(binary: Uint8Array): boolean
}

const { WebAssembly: webAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }

/** The best instructions that this version of Node has, which the training kernels use too; undefined without SIMD. */
export const instructionsHere = (): Instructions | undefined =>
  (['relaxed', 'simd'] as const).find((each) => webAssembly.validate(peakModule(each)))

/** The function that multiplies and adds in so many rounds, and returns the sum of what it computed. */
export const peakLoop = (instructions: Instructions): ((rounds: number) => number) =>
  new webAssembly.Instance(new webAssembly.Module(peakModule(instructions))).exports.run

/** The work of the loop, in operations. */
export const peakWork = (instructions: Instructions): Work => {
  const [loop, rounds] = [peakLoop(instructions), 100_000]
  return {
    amount: rounds * operationsPerRound,
    run: () => {
      loop(rounds)
    },
  }
}

/** The bytes that are copied at once, more than caches hold. */
const copied = 2 ** 26

/** The work of copying memory, in bytes that are read or written. */
export const copyWork = (): Work => {
  const [from, to] = [new Uint8Array(copied).fill(1), new Uint8Array(copied)]
  return {
    amount: 2 * copied,
    run: () => {
      to.set(from)
    },
  }
}
