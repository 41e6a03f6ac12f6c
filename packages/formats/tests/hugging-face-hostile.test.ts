import { ImportError } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { disposeModel, openHuggingFace } from '../src/index.ts'
import { bytesOf, configOf, encoded, type Given, problemOf, renamed, withHeader } from './hugging-face-folders.ts'

describe('a Hugging Face folder is refused', () => {
  it.each<readonly [string, string, Given, string]>([
    ['of an unknown kind', 'distilbert', { config: { model_type: 't5' } }, 'expected model_type to be one of bert, camembert, clip, clip_vision_model, convnext, deit, dinov2, distilbert, mobilenet_v2, modernbert, resnet, roberta, vit, xlm-roberta, got "t5"'], // prettier-ignore
    ['without a kind', 'distilbert', { config: { model_type: null } }, 'got none'],
    ['of another kind than its tensors', 'distilbert', { config: { model_type: 'resnet' } }, 'expected tensors of resnet, such as embedder.… or resnet.embedder.…; got '], // prettier-ignore
    [
      'with fewer layers than its tensors',
      'distilbert',
      { config: { n_layers: 1 } },
      'it holds 16 more: transformer.layer.1.',
    ],
    ['with more layers than its tensors', 'distilbert', { config: { n_layers: 3 } }, 'module transformer.layer.2.attention.q_lin: expected a tensor weight of shape [12, 12], got none'], // prettier-ignore
    ['of another width than its tensors', 'distilbert', { config: { dim: 24 } }, 'position_embeddings.weight: expected the shape [10, 24] that config.json describes, got [10, 12]'], // prettier-ignore
    [
      'with heads that cannot share',
      'distilbert',
      { config: { n_heads: 5 } },
      'expected dim to be a multiple of the 5 heads',
    ],
    [
      'with as many layers as fit no machine',
      'distilbert',
      { config: { n_layers: 2 ** 40 } },
      'expected n_layers to be an integer from 1 to 512',
    ],
    [
      'of a vocabulary beyond bounds',
      'distilbert',
      { config: { vocab_size: 1e12 } },
      'expected vocab_size to be an integer from 1 to 1048576',
    ],
    [
      'of another vocabulary',
      'distilbert',
      { config: { vocab_size: 32 } },
      'expected a tensor weight of shape [32, 12], got [31, 12]',
    ],
    ['of positions for other texts', 'distilbert', { config: { max_position_embeddings: 8 } }, 'expected the shape [8, 12] that config.json describes, got [10, 12]; is it the config.json of these weights?'], // prettier-ignore
    [
      'with a padding token outside the vocabulary',
      'distilbert',
      { config: { pad_token_id: 31 } },
      'expected pad_token_id to be an integer from 0 to 30, got "31"',
    ],
    [
      'with an unknown activation',
      'distilbert',
      { config: { activation: 'toString' } },
      'expected activation to be one of gelu, ',
    ],
    ['that decodes', 'bert-classifier', { config: { is_decoder: true } }, 'expected an encoder, it is a decoder'],
    [
      'with relative positions',
      'bert-classifier',
      { config: { position_embedding_type: 'relative_key' } },
      'expected position_embedding_type to be "absolute"',
    ],
    ['with gated layers', 'dinov2', { config: { use_swiglu_ffn: true } }, 'expected use_swiglu_ffn to be false'],
    ['that is no record', 'dinov2', { config: { hidden_size: { a: 1 } } }, 'expected hidden_size to be an integer'],
    [
      'with patches larger than pictures',
      'vit',
      { config: { patch_size: 13 } },
      'expected image_size from the patch_size 13, got 12',
    ],
    ['for pictures of another size of which a network of texts knows none', 'distilbert', { options: { input: [24, 24, 3] } }, 'the network reads texts of up to 10 tokens'], // prettier-ignore
    [
      'with stages that do not fit',
      'resnet-basic',
      { config: { depths: [2] } },
      'expected as many depths as hidden_sizes',
    ],
    ['with a pooling that is not known', 'distilbert', { pooling: { pooling_mode_max_tokens: true } }, 'expected one pooling, pooling_mode_mean_tokens or pooling_mode_cls_token, got pooling_mode_max_tokens'], // prettier-ignore
    ['with two poolings', 'distilbert', { pooling: { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true } }, 'got pooling_mode_cls_token and pooling_mode_mean_tokens'], // prettier-ignore
    [
      'with longer texts than positions',
      'distilbert',
      { sentences: { max_seq_length: 11 } },
      'expected max_seq_length to be an integer from 1 to 10',
    ],
    [
      'with a deviation of 0',
      'vit',
      { preprocessor: { image_mean: [0, 0, 0], image_std: [1, 0, 1] } },
      'expected image_std without 0',
    ],
    [
      'with a step of other channels',
      'vit',
      { preprocessor: { image_mean: [0], image_std: [1] } },
      'expected image_mean and image_std of 3 numbers',
    ],
    [
      'with a tensor inside that no layer has',
      'distilbert',
      {
        bytes: withHeader(
          bytesOf('distilbert', 'model.safetensors'),
          renamed((name) => name.replace(/^embeddings.LayerNorm.bias$/, 'embeddings.LayerNorm.gain')),
        ),
      },
      'it holds 1 more: embeddings.LayerNorm.gain',
    ],
    [
      'with positions of as many numbers in another shape',
      'distilbert',
      {
        bytes: withHeader(bytesOf('distilbert', 'model.safetensors'), (header) => {
          const entry = header['embeddings.position_embeddings.weight'] as { shape: readonly number[] }
          entry.shape = [12, 10]
        }),
      },
      'got [12, 10]',
    ],
    ['of turns that are stretched', 'modernbert', { config: { rope_scaling: { factor: 2 } } }, 'expected no rope_scaling'], // prettier-ignore
    [
      'of turns of another kind',
      'modernbert',
      { config: { rope_parameters: { full_attention: { rope_type: 'yarn' } } } },
      'config.json rope_parameters full_attention: expected rope_type to be "default", got "\\"yarn\\""',
    ],
    [
      'of fewer kinds of attention than layers',
      'modernbert',
      { config: { layer_types: ['full_attention'] } },
      'expected layer_types to be 4 of full_attention or sliding_attention',
    ],
    [
      'of heads that have no pairs',
      'modernbert',
      { config: { num_attention_heads: 4 } },
      'expected heads of an even number of channels',
    ],
    [
      'with biases that its config denies',
      'modernbert-classifier',
      { config: { norm_bias: false } },
      'it holds 9 more: ',
    ],
    ['without biases that its config tells', 'modernbert', { config: { norm_bias: true } }, 'expected a tensor bias of shape [12], got none'], // prettier-ignore
  ])('%s', (_what, name, given, message) => {
    expect(problemOf(name, given)).toContain(message)
  })

  it.each(['vit', 'modernbert'])('whatever its config holds, by an ImportError (%s)', (folder) => {
    const [names, config] = [Object.keys(configOf(folder)), configOf(folder)]
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        const opened = openHuggingFace(
          { name: 'model.safetensors', bytes: bytesOf(folder, 'model.safetensors') },
          { config: encoded({ ...config, [name]: value }) },
        )
        if (E.isRight(opened)) disposeModel(opened.right)
        else expect(opened.left).toBeInstanceOf(ImportError)
      }),
      { numRuns: Number(process.env['PTU_MUTANTS'] ?? 100) },
    )
  })
})
