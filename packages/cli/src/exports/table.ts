import type { ExportFormat } from './export-format.ts'
import { huggingFace } from './hugging-face.ts'
import { onnx } from './onnx.ts'
import { pytorch, safetensors } from './state-dicts.ts'
import { transformersJs } from './transformers-js.ts'

/** The formats beside `layers`, the tf.LayersModel, by the words for them. */
export const exportFormats: Readonly<Record<string, ExportFormat>> = {
  'hugging-face': huggingFace,
  onnx,
  pytorch,
  safetensors,
  'transformers.js': transformersJs,
}
