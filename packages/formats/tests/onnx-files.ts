import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A model and its output by onnxruntime, with channels last. */
export interface OnnxCase {
  readonly name: string
  /** `[batch, ...]` of the input. */
  readonly shape: readonly number[]
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** The derivative of the sum of the squared outputs by the input, where PyTorch has computed it. */
  readonly gradient?: readonly number[]
}

/** The path of a fixture; the script onnx-fixtures.py writes them. */
export const onnxPath = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/onnx/${name}.onnx`, import.meta.url))

/** The content of a model. */
export const onnxBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(onnxPath(name)))

/** The models whose outputs are known. */
export const onnxCases = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/onnx/cases.json', import.meta.url)), 'utf8'),
) as readonly OnnxCase[]
