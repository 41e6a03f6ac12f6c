import { alexNet } from './alexnet.ts'
import type { Architecture } from './architecture.ts'
import { convNexts } from './convnext.ts'
import { denseNets } from './densenet.ts'
import { efficientNetLite0 } from './efficientnet-lite.ts'
import { efficientNets } from './efficientnet.ts'
import { mobileNetV2 } from './mobilenet-v2.ts'
import { mobileNetsV3 } from './mobilenet-v3.ts'
import { resnets } from './resnet.ts'
import { squeezeNets } from './squeezenet.ts'
import { timmEfficientNets } from './timm-efficientnet.ts'
import { vggs } from './vgg.ts'
import { bareVisionTransformers } from './vision-transformer.ts'

/** The architectures that can be recognised in files of bare tensors. */
export const architectures: readonly Architecture[] = [
  mobileNetV2,
  efficientNetLite0,
  ...resnets,
  ...vggs,
  alexNet,
  ...squeezeNets,
  ...mobileNetsV3,
  ...efficientNets,
  ...denseNets,
  ...convNexts,
  ...timmEfficientNets,
  ...bareVisionTransformers,
]
