import { textEncoders } from './bert.ts'
import { convNext } from './convnext.ts'
import { mobileNetV2 } from './mobilenet-v2.ts'
import type { ModelType } from './model-type.ts'
import { modernBert } from './modernbert.ts'
import { resNet } from './resnet.ts'
import { visionTransformers } from './vision-transformers.ts'

/** The networks of transformers that are known. */
export const modelTypes: readonly ModelType[] = [
  ...textEncoders,
  modernBert,
  ...visionTransformers,
  resNet,
  convNext,
  mobileNetV2,
]
