import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from '@ptu/tensor/backend'
import { key, foldIn } from '@ptu/core'
import { dense } from '@ptu/layers'
import { freeze, initBody, lenet } from '@ptu/networks'
import { ptu, fineTune, share, scratch, transfer, sharePlan, uniformPlan } from '@ptu/strategies'
import { hierarchicalGate } from '@ptu/gates'
import { normal, scope, valueAndGrad, disposeParams } from '@ptu/tensor'
import { adam } from '@ptu/optim'
const r = await useBackend('wasm')()
console.log(JSON.stringify(r.right ?? r.left?.message).slice(0, 400))
const body = lenet()
const input = [28, 28, 1]
const source = freeze(body, initBody(body, key(1), input))
const x = normal(key(2), [32, ...input])
const y = tf
  .oneHot(
    Array.from({ length: 32 }, (_, i) => i % 5),
    5,
  )
  .toFloat()
const plans = {
  scratch: uniformPlan(source, scratch),
  fine: uniformPlan(source, fineTune),
  share1: sharePlan(source, 1),
  share2: sharePlan(source, 2),
  share3: sharePlan(source, 3),
  ptu2: uniformPlan(source, ptu()),
  ptu3: uniformPlan(source, ptu({ gate: hierarchicalGate({ branches: 3 }) })),
}
const runs = Object.entries(plans).map(([name, blocks]) => {
  const model = transfer(source, { blocks, head: dense(5) })
  const opt = adam(4e-3)
  let params = model.init(key(3), input),
    state = opt.init(params),
    n = 0
  const enc = model.encode(x)
  return {
    name,
    times: [],
    step() {
      const mode = { kind: 'train', key: foldIn(key(5), n), progress: Math.min(1, n / 300) }
      const { value, grads } = valueAndGrad((p) =>
        scope(() => tf.losses.softmaxCrossEntropy(y, model.decode(p, enc, mode))),
      )(params)
      const next = opt.update(grads, state, params, n++)
      value.dataSync()
      disposeParams([value, grads, params, state])
      params = next.params
      state = next.state
    },
  }
})
for (let round = 0; round < 12; round++)
  for (const q of runs) {
    const c = process.cpuUsage()
    for (let i = 0; i < 5; i++) q.step()
    const d = process.cpuUsage(c)
    q.times.push((d.user + d.system) / 5000)
  }
const med = (a) => [...a].sort((p, q) => p - q)[a.length >> 1]
const fine = med(runs.find((q) => q.name === 'fine').times.slice(2))
for (const q of runs)
  console.log(q.name.padEnd(8), med(q.times.slice(2)).toFixed(2), 'ms', (med(q.times.slice(2)) / fine).toFixed(2))
if (process.env.PROF) {
  for (const name of process.env.PROF.split(',')) {
    const q = runs.find((r) => r.name === name)
    const info = await tf.profile(() => {
      q.step()
    })
    const by = {}
    for (const k of info.kernels) {
      const t = await k.kernelTimeMs
      ;(by[k.name] ??= [0, 0])[0]++
      by[k.name][1] += typeof t === 'number' ? t : 0
    }
    console.log(
      name,
      Object.entries(by)
        .sort((a, b) => b[1][1] - a[1][1])
        .slice(0, 22)
        .map(([k, [n, t]]) => `${k} ${n} ${t.toFixed(2)}`)
        .join('\n   '),
    )
  }
}
process.exit(0)
