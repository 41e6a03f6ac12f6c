import { readFileSync } from 'node:fs'

import { key, Tree } from '@ptu/core'
import { conv2d, dense, flatten, maxPool, relu, serial } from '@ptu/layers'
import { freeze, type Body, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, fetched } from '@ptu/testing'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { exactKernels } from './exact-kernels.ts'
import { hypothesesOf } from './hypothesis.ts'
import { unitKernels } from './network-kernels.ts'
import { startUnder } from './networks.ts'
import { filled, type Judge } from './options.ts'
import { evidenceWith, type EvidenceDraws } from './weigh.ts'

interface Stored {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

interface Verdict {
  readonly weights: Stored
  readonly gates: { readonly update: readonly number[]; readonly fineTune: readonly number[] }
}

interface Golden {
  readonly source: readonly Readonly<Record<string, Stored>>[]
  readonly random: readonly Readonly<Record<string, Stored>>[]
  readonly x: Stored
  readonly projections: readonly Stored[]
  readonly draws: Stored
  readonly kernels: readonly (readonly Stored[])[]
  readonly cases: readonly {
    readonly name: string
    readonly labels: readonly number[]
    readonly judgements: readonly { readonly losses: Stored; readonly logLikelihood: number }[]
    readonly leaveOneOut: Verdict
    readonly marginalLikelihood: Verdict
  }[]
}

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/evidence.json', import.meta.url), 'utf8'),
) as unknown as Golden

const body: Body = [
  { name: 'conv1', layer: serial(conv2d(3, 3), relu, maxPool(2)) },
  { name: 'conv2', layer: serial(conv2d(4, 3), relu, maxPool(2)) },
  { name: 'dense', layer: serial(flatten, dense(5), relu) },
]

const loaded = ({ shape, values }: Stored): Tensor => tensor([...values], [...shape])

/** The parameters of every block: those of its one affine layer in their place. */
const paramsOf = (stored: Golden['source']): readonly ParamTree[] =>
  stored.map((block, l) => {
    const own = Object.fromEntries(Object.entries(block).map(([name, leaf]) => [name, loaded(leaf)]))
    return l < 2 ? [own, [], []] : [[], own, []]
  })

/** The stored network, and all that is drawn. */
const setUp = () => {
  const source: SourceNetwork<OpenBlock> = freeze(body, paramsOf(golden.source))
  const random = paramsOf(golden.random)
  const [x, projections] = [loaded(golden.x), golden.projections.map(loaded)]
  const rows = golden.draws.shape[1] ?? 1
  const draws: EvidenceDraws = {
    random,
    weights: Array.from({ length: golden.draws.shape[0] ?? 0 }, (_, i) =>
      Float64Array.from(golden.draws.values.slice(i * rows, (i + 1) * rows)),
    ),
    kernelsOf: (networks, examples) => networks.map((blocks) => exactKernels(blocks, examples, projections)),
  }
  const free = (): void => {
    disposeParams([source.blocks.map(({ params }) => params), random, x, projections])
  }
  return { source, x, draws, free }
}

const tolerance = { absolute: 1e-4, relative: 1e-4 }
/** The number of random blocks of each hypothesis. */
const priors = [0, 3, 3, 2, 2, 1, 1, 0]
const all = { key: key(0), undecided: 'weighted', margin: 0 } as const

await describeOnBackends(
  'evidence, against PyTorch',
  () => {
    it('has the kernels of every hypothesis', async () => {
      const { source, x, draws, free } = setUp()
      for (const [o, hypothesis] of hypothesesOf(3, 0).slice(1).entries()) {
        const depth = hypothesis.kind === 'adapted' ? hypothesis.depth : 0
        const { blocks, owned } = await startUnder(hypothesis, depth, source.blocks, draws.random, x)
        const kernels = await fetched(() => [...(unitKernels([blocks], x, draws.kernelsOf)[0] ?? [])])
        kernels.forEach((kernel, l) => {
          expect(kernel).toBeAllClose(golden.kernels[o]?.[l]?.values ?? [], tolerance)
        })
        expect(kernels).toHaveLength(4)
        disposeParams(owned)
      }
      free()
    })

    describe.each(golden.cases.map((stored) => [stored.name, stored] as const))('of %s', (_name, stored) => {
      it.each([
        ['leave-one-out', stored.leaveOneOut],
        ['marginal-likelihood', stored.marginalLikelihood],
      ] as const)('has the losses, the likelihoods, the weights and the gates by %s', async (judge: Judge, verdict) => {
        const { source, x, draws, free } = setUp()
        const { hypotheses, blocks, advantage, decisive } = await evidenceWith(
          source,
          { x, labels: stored.labels, classes: 3 },
          filled({ ...all, judge }, 3),
          draws,
        )
        hypotheses.forEach(({ losses, logLikelihood }, o) => {
          expect(losses).toBeAllClose(stored.judgements[o]?.losses.values ?? [], tolerance)
          expect([logLikelihood]).toBeAllClose([stored.judgements[o]?.logLikelihood ?? NaN], tolerance)
        })
        expect(hypotheses.map(({ weight }) => weight)).toBeAllClose(verdict.weights.values, tolerance)
        const scores = stored.judgements.map((judgement, o) => {
          const fit =
            judge === 'leave-one-out' ? -judgement.losses.values.reduce((a, b) => a + b) : judgement.logLikelihood
          return fit - (priors[o] ?? NaN)
        })
        expect([advantage]).toBeAllClose([Math.max(...scores) - (scores.at(-1) ?? NaN)], { absolute: 1e-3 })
        expect(decisive).toBe(Math.max(...scores) > (scores.at(-1) ?? NaN))
        expect(blocks.map(({ update }) => update)).toBeAllClose(verdict.gates.update, tolerance)
        expect(blocks.map(({ fineTune }) => fineTune)).toBeAllClose(verdict.gates.fineTune, tolerance)
        free()
      })
    })

    it('leaves the source bit for bit as it was', async () => {
      const { source, x, draws, free } = setUp()
      const bits = (): Promise<unknown> =>
        Promise.all(source.blocks.flatMap(({ params }) => Tree.leaves(params)).map(async (leaf) => leaf.data()))
      const before = await bits()
      await evidenceWith(source, { x, labels: golden.cases[0]?.labels ?? [], classes: 3 }, filled(all, 3), draws)
      expect(await bits()).toEqual(before)
      free()
    })
  },
  { readsLater: true },
)
