/** MiniLM's transformer layer (384 features, 12 heads, 1,536 hidden units) with random weights, and what is timed of it. */
import { key } from '@ptu/core'
import { dense, infer, meanOverTime, serial, transformerBlock } from '@ptu/layers'
import { freeze } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, transfer } from '@ptu/strategies'
import { disposeParams, normal, valueAndGrad } from '@ptu/tensor'
import { crossEntropy, start, step } from '@ptu/trainer'
import { cast, mul, oneHot, sum } from '@tensorflow/tfjs-core'

const features = 384

/** Contenders with the largest ratio of CPU time, this project / PyTorch, that is wanted; `against` another's PyTorch. */
export const cases = [
  { name: 'forward, 32 tokens', kind: 'forward', batch: 16, steps: 32, layers: 1, target: 1.3 },
  { name: 'forward, 128 tokens', kind: 'forward', batch: 4, steps: 128, layers: 1, target: 1.3 },
  { name: 'forward + backward, 32 tokens', kind: 'forward + backward', batch: 16, steps: 32, layers: 1, target: 1.5 },
  { name: 'forward + backward, 128 tokens', kind: 'forward + backward', batch: 4, steps: 128, layers: 1, target: 1.5 },
  { name: 'encode, six layers', kind: 'encode', batch: 16, steps: 32, layers: 6, target: 1.5 },
  { name: 'fine-tune of two layers', kind: 'fine-tune', batch: 24, steps: 16, layers: 2, target: 1.5 },
  { name: 'ptu of two layers', kind: 'ptu', batch: 24, steps: 16, layers: 2, against: 'fine-tune of two layers' },
]

const layer = transformerBlock(features, 12, { hidden: 1536, norm: 'after', masked: true, epsilon: 1e-12 })

const forward = (encoder, params, x) => () => {
  const y = encoder.apply(params, x, infer)
  y.dataSync()
  y.dispose()
}

const both = (encoder, params, x) => {
  const weights = normal(key(4), x.shape)
  const evaluate = valueAndGrad((learnt) => sum(mul(encoder.apply(learnt, x, infer), weights)))
  return () => {
    const { value, grads } = evaluate(params)
    value.dataSync()
    disposeParams([value, grads])
  }
}

const training = (strategy) => (encoder, params, x) => {
  const [batch, ...input] = x.shape
  const source = freeze(
    params.map((_, i) => ({ name: `layer ${i}`, layer })),
    params,
  )
  const head = serial(meanOverTime({ masked: true }), dense(2))
  const objective = {
    model: transfer(source, { blocks: params.map(() => strategy), head }),
    loss: crossEntropy,
    optimizer: adam(1e-4),
  }
  const advance = step(objective)
  const examples = {
    x: objective.model.encode(x),
    y: cast(
      oneHot(
        Array.from({ length: batch }, (_, i) => i % 2),
        2,
      ),
      'float32',
    ),
  }
  let state = start(objective, key(2), input)
  return () => {
    const next = advance(state, examples, { steps: 100_000 })
    next.loss.dataSync()
    next.loss.dispose()
    state = next.state
  }
}

const kinds = {
  forward,
  encode: forward,
  'forward + backward': both,
  'fine-tune': training(fineTune),
  ptu: training(ptu()),
}

/** One run of a case. */
export const transformer = ({ kind, batch, steps, layers }) => {
  const encoder = serial(...Array.from({ length: layers }, () => layer))
  const params = encoder.init(key(1), [steps, features])
  return kinds[kind](encoder, params, normal(key(0), [batch, steps, features]))
}
