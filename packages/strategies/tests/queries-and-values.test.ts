import { Tree } from '@ptu/core'
import { infer, selfAttention, serial } from '@ptu/layers'
import { disposeSource, freeze } from '@ptu/networks'
import { disposeParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { mul, sum, tensor, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import golden from '../fixtures/queries_and_values.json' with { type: 'json' }
import { lora, queriesAndValues } from '../src/index.ts'

interface Stored {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const loaded = ({ shape, values }: Stored): Tensor => tensor([...values], [...shape])
const mapOf = ({ kernel, bias }: { readonly kernel: Stored; readonly bias: Stored }) => ({
  kernel: loaded(kernel),
  bias: loaded(bias),
})

await describeOnBackends('lora of queries and values, against PyTorch', ({ tolerance }) => {
  it('has the output and the gradients, and leaves keys and the output map as they are', () => {
    const [query, key, value, output] = golden.maps.map(mapOf)
    const own = [[query, key, value], [], output] as unknown as ParamTree
    const attention = serial(selfAttention(4, golden.heads))
    const source = freeze([{ name: 'attention', layer: attention }], [[own]])
    const [block] = source.blocks
    if (block === undefined) throw new Error('expected a block')
    const adapted = lora({ rank: golden.rank, alpha: golden.alpha, select: queriesAndValues })(block)
    const params = golden.pairs.map(({ down, up }) => ({ down: loaded(down), up: loaded(up) }))
    const [x, cotangent] = [loaded(golden.x), loaded(golden.cotangent)]
    const y = adapted.apply(params, { x }, infer)
    expect(y).toBeAllClose(golden.output.values, tolerance)
    const { value: loss, grads } = valueAndGrad((p: ParamTree): Scalar =>
      scope(() => sum(mul(adapted.apply(p, { x }, infer), cotangent))),
    )(params)
    const found = (grads as typeof params).flatMap(({ down, up }) => [down, up])
    found.forEach((grad, i) => {
      expect(grad).toBeAllClose(golden.gradients[i]?.values ?? [], tolerance)
    })
    expect(found).toHaveLength(4)
    const folded = adapted.fold?.(params).params ?? []
    const changed = Tree.leaves(
      Tree.zipWith(folded, block.params, (a, b) => a.dataSync().join() !== b.dataSync().join()),
    )
    // Kernel and bias, or bias and kernel, of query, key, value and output.
    expect(changed.filter(Boolean)).toHaveLength(2)
    expect(changed.slice(2, 4)).toEqual([false, false])
    expect(changed.slice(6)).toEqual([false, false])
    disposeParams([params, x, cotangent, y, loss, grads, folded] as never)
    disposeSource(source)
  })
})
