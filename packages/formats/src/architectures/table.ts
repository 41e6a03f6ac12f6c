import type { Architecture } from './architecture.ts'
import { efficientNetLite0 } from './efficientnet-lite.ts'
import { mobileNetV2 } from './mobilenet-v2.ts'

/** The architectures that files of bare tensors are told to be of. */
export const architectures: readonly Architecture[] = [mobileNetV2, efficientNetLite0]
