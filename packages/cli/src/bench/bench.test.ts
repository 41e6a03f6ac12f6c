import { memory } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { openSandbox } from '../../tests/sandbox.ts'
import { benchCommand } from '../commands/doctor-bench.ts'
import { kernelWorks } from './kernel-work.ts'
import { addend, chains, factor, operationsPerRound } from './peak-module.ts'
import { instructionsHere, peakLoop, peakWork } from './peak.ts'
import { bestRate } from './rate.ts'

describe('the loop that nothing is faster than', () => {
  it('multiplies and adds in every chain, once a round', () => {
    const after = (rounds: number): number => {
      const ends = Array.from({ length: chains }, (_, i) => {
        let x = i
        for (let round = 0; round < rounds; round++) x = Math.fround(Math.fround(x * factor) + addend)
        return x
      })
      return ends.reduce((sum, x) => Math.fround(sum + x), 0)
    }
    const loop = peakLoop('simd')
    expect([1, 2, 5].map((rounds) => loop(rounds))).toEqual([1, 2, 5].map(after))
    expect(peakWork('simd').amount % operationsPerRound).toBe(0)
  })

  it('is there for the instructions of this Node', () => {
    expect(['simd', 'relaxed']).toContain(instructionsHere())
  })
})

describe('a rate', () => {
  it('is that of the fastest run after the first, in 10⁹ a second', () => {
    const took = [1, 50, 20, 40, 1000, 10]
    let [time, runs] = [0, 0]
    const work = {
      amount: 4e8,
      run: () => {
        time += took[runs++] ?? 0
      },
    }
    expect(bestRate(work, 0.1, () => time)).toBe(4e8 / 0.02 / 1e9)
    expect(runs).toBe(4)
  })
})

describe('the kernels that are measured', () => {
  it('leave no tensor behind', () => {
    const before = memory().numTensors
    const works = kernelWorks()
    for (const { run } of works.slice(0, 2)) run()
    for (const { free } of works) free()
    expect(memory().numTensors).toBe(before)
  })
})

describe('ptu doctor --bench', () => {
  it('holds every kernel against a limit, as a table and as a document', async () => {
    const box = await openSandbox()
    try {
      const told: string[] = []
      const progress = () => ({
        set: (done: number, total: number) => told.push(`${done}/${total}`),
        stop: () => undefined,
      })
      const answer = await benchCommand(0)(box.env({ progress }))()
      if (E.isLeft(answer)) throw answer.left
      const { text, json } = answer.right
      const kernels = kernelWorks()
      for (const { name, free } of kernels) {
        expect(text).toContain(name)
        free()
      }
      expect(told.at(-1)).toBe(`${kernels.length + 2}/${kernels.length + 2}`)
      const { compute, memory: bandwidth, ...rest } = json as Record<string, unknown>
      expect(rest).toMatchObject({ instructions: instructionsHere(), cores: 1 })
      for (const { unit, rate, limit, share } of rest['kernels'] as readonly Record<string, number>[]) {
        expect(limit).toBe((unit as unknown) === 'GB/s' ? bandwidth : compute)
        expect(share).toBe(Number(rate) / Number(limit))
        expect(rate).toBeGreaterThan(0)
      }
    } finally {
      await box.remove()
    }
  })
})
