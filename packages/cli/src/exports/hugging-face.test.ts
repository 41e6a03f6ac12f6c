import type { ModelFacts } from '@ptu/experiments'
import { describe, expect, it } from 'vitest'

import { readme } from './hugging-face.ts'

const facts = { classes: ['cat', 'dog'], shape: [4], image: null, vocabulary: null } as unknown as ModelFacts
const tensor = (name: string) => ({ name, shape: [1], values: Float32Array.of(1) })

describe('the README of a folder of transformers', () => {
  it('speaks of batch normalisations and of a layer that changes nothing only where there are any', () => {
    const plain = readme({ architecture: 'ViTForImageClassification', tensors: [tensor('classifier.weight')] }, facts)
    expect(plain).toContain('The classes are cat, dog.')
    expect(plain).not.toMatch(/ormalisation|changes nothing/)
    const normalised = [tensor('resnet.embedder.embedder.normalization.running_mean')]
    expect(readme({ architecture: 'ResNetForImageClassification', tensors: normalised }, facts)).toContain(
      'Batch normalisations were folded into the convolutions before them.',
    )
    expect(readme({ architecture: 'B', tensors: [], between: 'pre_classifier' }, facts)).toContain(
      'The layer pre_classifier, which the trained network does not have, is written so that it changes nothing',
    )
  })
})
