/**
 * Measures the cost of a training step of the demo's network on each backend that starts here, and the time of the
 * first step from `import` on. Each backend has a process of its own; they take turns, so that a change of load meets
 * all alike.
 *
 * Usage: npm run bench:backends [-- --rounds 7]     writes benchmarks/results/backends.json
 */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { machine, median } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const options = readOptions({ rounds: { type: 'string', default: '7' }, child: { type: 'string' } })
const rounds = Number(options.rounds)
const stepsPerRound = 10
const batch = 32
const classes = 5
const input = [28, 28, 1]

/** In a process of its own: loads everything, makes one step, then so many more whenever it is asked. */
const child = async (name) => {
  const begin = performance.now()
  const { useBackend } = await import('@ptu/tensor/backend')
  const started = await useBackend(name)()
  const refused =
    started._tag === 'Left' ? started.left.message : started.right.warnings.find((w) => /software/.test(w))
  if (refused) return process.send({ refused })
  const [{ key }, { dense }, { freeze, initBody, lenet }, { adam }, { ptu, transfer, uniformPlan }, tensor, trainer] =
    await Promise.all(
      ['core', 'layers', 'networks', 'optim', 'strategies', 'tensor', 'trainer'].map((each) => import(`@ptu/${each}`)),
    )
  const { cast, oneHot, tensor1d } = await import('@tensorflow/tfjs-core')
  const body = lenet()
  const source = freeze(body, initBody(body, key(1), input))
  const model = transfer(source, { blocks: uniformPlan(source, ptu()), head: dense(classes) })
  const objective = { model, loss: trainer.crossEntropy, optimizer: adam(4e-3) }
  const advance = trainer.step(objective)
  const labels = Array.from({ length: batch }, (_, i) => i % classes)
  const y = cast(oneHot(tensor1d(labels, 'int32'), classes), 'float32')
  const x = model.encode(tensor.normal(key(2), [batch, ...input]))
  let state = trainer.start(objective, key(3), input)
  const step = async () => {
    const next = advance(state, { x, y }, { steps: 100_000 })
    await next.loss.data()
    next.loss.dispose()
    state = next.state
  }
  await step()
  const { user, system } = process.cpuUsage()
  const first = { cpu: (user + system) / 1000, wall: performance.now() - begin }
  process.on('message', async () => {
    const [cpu, wall] = [process.cpuUsage(), performance.now()]
    for (let i = 0; i < stepsPerRound; i++) await step()
    const { user, system } = process.cpuUsage(cpu)
    process.send({ cpu: (user + system) / 1000 / stepsPerRound, wall: (performance.now() - wall) / stepsPerRound })
  })
  process.send({ first, version: started.right.version, notes: started.right.notes })
}

const answerOf = (worker) =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('exit', (code) => reject(new Error(`a process ended with ${code}`)))
  })

const open = async (name) => {
  const worker = fork(fileURLToPath(import.meta.url), ['--child', name], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  return { name, worker, answer: await answerOf(worker) }
}

const close = ({ worker }) => worker.removeAllListeners('exit').kill()

const spread = (samples) => ({
  median: Number(median(samples).toFixed(2)),
  least: Number(Math.min(...samples).toFixed(2)),
  most: Number(Math.max(...samples).toFixed(2)),
})

const main = async () => {
  const load = machine()
  const opened = []
  for (const name of ['tensorflow', 'wasm', 'webgpu']) opened.push(await open(name))
  const refused = opened.filter(({ answer }) => answer.refused)
  const running = opened.filter(({ answer }) => !answer.refused)
  for (const each of refused) close(each)
  const steps = Object.fromEntries(running.map(({ name }) => [name, []]))
  for (let round = -2; round < rounds; round++)
    for (const { name, worker } of running) {
      worker.send('steps')
      const taken = await answerOf(worker)
      if (round >= 0) steps[name].push(taken)
    }
  for (const each of running) close(each)
  const first = Object.fromEntries(running.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const { name } of running) {
      const once = await open(name)
      first[name].push(once.answer.first)
      close(once)
    }
  const rows = running.map(({ name, answer: { version, notes } }) => ({
    name,
    version,
    notes,
    cpuMs: spread(steps[name].map(({ cpu }) => cpu)),
    wallMs: spread(steps[name].map(({ wall }) => wall)),
    firstStepCpuMs: spread(first[name].map(({ cpu }) => cpu)),
    firstStepMs: spread(first[name].map(({ wall }) => wall)),
  }))
  console.table(
    rows.map(({ name, cpuMs, wallMs, firstStepCpuMs, firstStepMs }) => ({
      name,
      'cpu ms': cpuMs.median,
      'wall ms': wallMs.median,
      'first step, cpu ms': firstStepCpuMs.median,
      'first step, ms from import': firstStepMs.median,
    })),
  )
  for (const { name, answer } of refused) console.log(`${name} was not measured: ${answer.refused}`)
  const result = {
    what: `a training step of two-branch PTU over the demo's lenet() on 28x28x1, batch ${batch}, Adam, encoded once; and from import to the end of the first step, in fresh processes`,
    machine: { ...load, loadAfter: machine().load },
    rounds,
    rows,
    notMeasured: refused.map(({ name, answer }) => ({ name, why: answer.refused })),
  }
  writeFileSync(new URL('./results/backends.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
}

await (options.child ? child(options.child) : main())
