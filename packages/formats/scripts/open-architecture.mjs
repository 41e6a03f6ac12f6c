// Opens FOLDER/model.pth, runs it on FOLDER/x.bin and compares with FOLDER/logits.bin; prints one line of JSON. See check-architectures.py.
import { disposeModel } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { infer } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { tensor } from '@tensorflow/tfjs-core'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const [folder, size] = [process.argv[2], Number(process.argv[3])]
const floats = (name) => {
  const bytes = readFileSync(join(folder, name))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

await useBackend('wasm')()
const path = join(folder, 'model.pth')
const start = performance.now()
const opened = await readModel(path, { input: [size, size, 3] })()
if (opened._tag === 'Left') throw opened.left
const seconds = (performance.now() - start) / 1000
// The high-water mark of getrusage may be that of the process that started this one.
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN) / 1024
const { source, head, architecture, leftOver } = opened.right
const found = scope(() => {
  const last = source.activations(tensor(floats('x.bin'), [1, size, size, 3])).at(-1)
  return head.layer.apply(head.params, last, infer).dataSync()
})
const wanted = floats('logits.bin')
const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const difference = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]) / largest), 0)
disposeModel(opened.right)
const megabytes = statSync(path).size / 2 ** 20
console.log(JSON.stringify({ architecture, leftOver, difference, seconds, peak, megabytes }))
