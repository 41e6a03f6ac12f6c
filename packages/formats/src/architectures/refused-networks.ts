import type { TensorTable } from './architecture.ts'

/** A network that is told by its tensors and cannot be opened. */
interface RefusedNetwork {
  readonly name: string
  readonly why: string
  /** Tensors that it has and no other known network. */
  readonly marks: readonly string[]
}

const known: readonly RefusedNetwork[] = [
  {
    name: 'torchvision shufflenet_v2',
    why: 'its units are not known by the names of their tensors',
    marks: ['conv1.0.weight', 'stage2.0.branch1.0.weight', 'stage2.0.branch2.7.weight', 'conv5.0.weight'],
  },
  {
    name: 'a resnet of timm with a deep stem, as resnet26d is',
    why: 'its stem and its shortcuts are other than those of the resnets that are known by name',
    marks: ['conv1.0.weight', 'conv1.6.weight', 'layer1.0.downsample.1.weight', 'layer4.0.conv1.weight'],
  },
]

/** The name of the network that these tensors are of and the reason why it cannot be opened, if it is one of those. */
export const refusalOf = (tensors: TensorTable): string | undefined => {
  const found = known.find(({ marks }) => marks.every((mark) => tensors.has(mark)))
  return (
    found &&
    `this is ${found.name}, which cannot be opened by its tensors: ${found.why}; export it to ONNX (torch.onnx.export), or use another network`
  )
}
