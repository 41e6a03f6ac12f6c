import type { BodyName } from '@ptu/config'
import { lenet, mlp, resnet, vgg, type Body } from '@ptu/networks'

const bodies: Readonly<Record<BodyName, () => Body>> = {
  lenet: () => lenet(),
  mlp: () => mlp(),
  vgg: () => vgg(),
  resnet: () => resnet(),
}

/** The ready-made body of a name. */
export const bodyOf = (name: BodyName): Body => bodies[name]()
