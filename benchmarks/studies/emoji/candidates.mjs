/** The strategies that the study of emoji compares, as candidates of the trainer. */
import { fixedGate } from '@ptu/gates'
import { dense, flatten, globalAveragePool, serial } from '@ptu/layers'
import { adam, cosine, groups, shrink } from '@ptu/optim'
import { fineTune, ptu, roleOf, scratch, share, transfer } from '@ptu/strategies'

/** The learning rates that tuned baselines choose from. */
export const rates = [1e-3, 4e-3]

/**
 * The learning rate of strategies that choose nothing. Elsewhere it is 4e-3; training both blocks at that rate ends
 * near chance here.
 */
export const ptuRate = 1e-3

const gateAdam = { beta1: 0.9, beta2: 0.99 }

/** Adam with a cosine to 2 %; gates at their own, constant rates. */
const optimizerOf = (rate, steps) =>
  groups({
    select: roleOf,
    optimizers: {
      weight: adam(cosine({ from: rate, to: 0.02, steps })),
      'gate-unit': adam(0.012, gateAdam),
      'gate-channel': shrink(0.99, adam(0.004, gateAdam)),
    },
  })

const trial = (label, model, rate) => ({
  label: `${label}, rate ${rate}`,
  model,
  optimizer: (steps) => optimizerOf(rate, steps),
  average: { decay: 0.98 },
})

const searched = (name, models) => ({
  name,
  judged: true,
  trials: models.flatMap(([label, model]) => rates.map((rate) => trial(label, model, rate))),
})

/** The candidates, which differ on the last two blocks of the source; all share the blocks before them. */
export const candidatesOn = (source, classes) => {
  const model = (...blocks) => transfer(source, { blocks, head: serial(globalAveragePool, dense(classes)) })
  const once = (name, strategy) => ({ name, trials: [trial(name, model(strategy, strategy), ptuRate)] })
  return [
    searched('scratch*', [['both blocks', model(scratch, scratch)]]),
    searched('share*', [
      ['both blocks', model(share, share)],
      ['the first, then scratch', model(share, scratch)],
    ]),
    searched('fine-tune*', [
      ['the last, first shared', model(share, fineTune)],
      ['both blocks', model(fineTune, fineTune)],
    ]),
    once('ptu', ptu()),
    once('ptu-fixed', ptu({ gate: fixedGate({ update: 0.75 }) })),
  ]
}

/** The baseline without any source: a linear map of small images. */
export const pixelsCandidate = (classes) => searched('pixels', [['linear', serial(flatten, dense(classes))]])
