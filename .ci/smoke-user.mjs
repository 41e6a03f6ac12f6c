// Acts as a user of the published packages: imports every entry, trains a little, saves and loads, asks the doctor.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const ask = (...args) =>
  execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

for (const entry of process.argv.slice(2)) assert.ok(Object.keys(await import(entry)), entry)

const { key } = await import('@ptu/core')
const { dense, relu, serial } = await import('@ptu/layers')
const { adam } = await import('@ptu/optim')
const { disposeParams, loadParams, normal, saveParams } = await import('@ptu/tensor')
const { useBackend } = await import('@ptu/tensor/backend')
const { crossEntropy, start, step } = await import('@ptu/trainer')
const { memory, tensor2d } = await import('@tensorflow/tfjs-core')

const backend = await useBackend('auto')()
assert.equal(backend._tag, 'Right', backend.left?.message)

const objective = { model: serial(dense(16), relu, dense(2)), loss: crossEntropy, optimizer: adam(0.05) }
const x = normal(key(1), [64, 3])
const rows = await x.array()
const y = tensor2d(rows.map(([a, b, c]) => (a * b + c > 0 ? [1, 0] : [0, 1])))
const advance = step(objective)
const losses = []
let state = start(objective, key(0), [3])
const tensors = memory().numTensors
for (let i = 0; i < 100; i++) {
  const { state: next, loss } = advance(state, { x, y })
  losses.push((await loss.data())[0])
  loss.dispose()
  state = next
}
assert.equal(memory().numTensors, tensors, 'training leaks tensors')
assert.ok(losses.at(-1) < losses[0] / 4, `training does not lower the loss: ${losses[0]} to ${losses.at(-1)}`)

assert.equal((await saveParams('runs/model.safetensors', state.params)())._tag, 'Right')
const loaded = await loadParams('runs/model.safetensors')()
assert.equal(loaded._tag, 'Right', loaded.left?.message)
disposeParams(loaded.right.params)

const { bin = {} } = JSON.parse(readFileSync('node_modules/@ptu/cli/package.json', 'utf8'))
const command = `node_modules/@ptu/cli/${bin.ptu}`
assert.ok(bin.ptu === undefined || existsSync(command), `${command} is not in the package`)
if (bin.ptu !== undefined) JSON.parse(ask(command, 'doctor', '--json'))

console.log(
  `Node ${process.version}: ${backend.right.name}, loss ${losses[0].toFixed(3)} to ${losses.at(-1).toFixed(4)}`,
)
