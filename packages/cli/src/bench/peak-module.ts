/** The instructions of 128 bits that products are made of: products and sums apart, or fused. */
export type Instructions = 'simd' | 'relaxed'

/** The chains of a round that do not wait for each other, enough to hide the latency of a product and a sum. */
export const chains = 10

/** The operations of one round: a product and a sum in each of four lanes of each chain. */
export const operationsPerRound: number = chains * 4 * 2

/** The number that every chain is multiplied by; products with it are exact. */
export const factor = 0.5

/** The number that is added to every product. */
export const addend = 1

/** A whole number from 0 in LEB128: seven bits a byte, the lowest first. */
const leb = (value: number): readonly number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))]

const section = (id: number, content: readonly number[]): readonly number[] => [id, ...leb(content.length), ...content]

const simd = (code: number): readonly number[] => [0xfd, ...leb(code)]
const get = (local: number): readonly number[] => [0x20, local]
const set = (local: number): readonly number[] => [0x21, local]

/** `f32.const value`, then `f32x4.splat`. */
const constant = (value: number): readonly number[] => [
  0x43,
  ...new Uint8Array(Float32Array.of(value).buffer),
  ...simd(0x13),
]

const add = simd(0xe4)
const multiply = simd(0xe6)
const multiplyAdd = simd(0x105)

const [rounds, multiplier, summand, first] = [0, 1, 2, 3]

const chainStep = (chain: number, instructions: Instructions): readonly number[] => [
  ...get(chain),
  ...get(multiplier),
  ...(instructions === 'relaxed' ? [...get(summand), ...multiplyAdd] : [...multiply, ...get(summand), ...add]),
  ...set(chain),
]

/** `for (; rounds > 0; rounds--) for each chain: chain = chain * factor + addend`, then the sum of lane 0 of all chains. */
const body = (instructions: Instructions): readonly number[] => {
  const all = Array.from({ length: chains }, (_, i) => first + i)
  const code = [
    ...[...constant(factor), ...set(multiplier), ...constant(addend), ...set(summand)],
    ...all.flatMap((chain, i) => [...constant(i), ...set(chain)]),
    ...[0x03, 0x40], // loop
    ...all.flatMap((chain) => chainStep(chain, instructions)),
    ...[...get(rounds), 0x41, 1, 0x6b, 0x22, rounds, 0x0d, 0, 0x0b], // again if --rounds is not 0
    ...all.flatMap((chain, i) => [...get(chain), ...simd(0x1f), 0, ...(i === 0 ? [] : [0x92])]),
    0x0b,
  ]
  const locals = [1, chains + 2, 0x7b]
  return [...leb(locals.length + code.length), ...locals, ...code]
}

/**
 * A module of WebAssembly whose function `run(rounds)` does nothing but multiply and add, `rounds` times
 * {@link operationsPerRound}: the most that a thread computes with these instructions.
 *
 * References:
 *   W3C, "WebAssembly Core Specification", version 3.0, §5, https://webassembly.github.io/spec/core/binary/
 */
export const peakModule = (instructions: Instructions): Uint8Array =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]), // one type: i32 to f32
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode('run'), 0, 0]),
    ...section(10, [1, ...body(instructions)]),
  ])
