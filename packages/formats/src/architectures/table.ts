import { alexNet } from './alexnet.ts'
import type { Architecture } from './architecture.ts'
import { efficientNetLite0 } from './efficientnet-lite.ts'
import { mobileNetV2 } from './mobilenet-v2.ts'
import { resnets } from './resnet.ts'
import { squeezeNets } from './squeezenet.ts'
import { vggs } from './vgg.ts'

/** The architectures that can be recognised in files of bare tensors. */
export const architectures: readonly Architecture[] = [
  mobileNetV2,
  efficientNetLite0,
  ...resnets,
  ...vggs,
  alexNet,
  ...squeezeNets,
]
