import type { ExportFormat } from './export-format.ts'
import { onnx } from './onnx.ts'
import { pytorch, safetensors } from './state-dicts.ts'
import { transformersJs } from './transformers-js.ts'

/** The formats beside `layers`, the tf.LayersModel, by the words for them. */
export const exportFormats: Readonly<Record<string, ExportFormat>> = {
  onnx,
  pytorch,
  safetensors,
  'transformers.js': transformersJs,
}
