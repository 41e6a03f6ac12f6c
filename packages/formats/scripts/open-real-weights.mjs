// Opens a file in one of three ways, runs it on FOLDER/x.bin, writes FOLDER/y.bin; prints one line of JSON. See inspect-real-weights.py.
//
//   node open-real-weights.mjs [WAY PATH FOLDER JOB]      nothing is opened without arguments: an empty run
//
// WAY is `model` (readModel), `onnx` (decodeOnnx, for what is no network of images), `lstms` (readTensors and layers that JOB spells out) or `chars2vec` (words are in JOB).
import { characterTokenizer, openTokenizer } from '@ptu/data'
import { decodeOnnx, fromLayersModel, fromStateDict, openChars2vec } from '@ptu/formats'
import { readModel, readNamed, readTensors } from '@ptu/formats/node'
import { dense, infer, lastStep, lstm, relu, serial } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { tensor } from '@tensorflow/tfjs-core'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [way, path, folder, text = '{}'] = process.argv.slice(2)
const job = JSON.parse(text)
const right = (found) => {
  if (found._tag === 'Left') throw found.left
  return found.right
}
const input = () => {
  const bytes = readFileSync(join(folder, 'x.bin'))
  const values = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  return job.tokens ? tensor(new Int32Array(values), job.shape, 'int32') : tensor(new Float32Array(values), job.shape)
}
const last = (source, x) => source.activations(x).at(-1)

/** Each opens a file and returns what runs it. */
const ways = {
  model: async () => {
    const { source, head } = right(await readModel(path)())
    return () => {
      const y = last(source, input())
      return head === undefined ? y : head.layer.apply(head.params, y, infer)
    }
  },
  onnx: async () => {
    const source = right(fromLayersModel(right(decodeOnnx(right(await readNamed(path)()))), []))
    return () => last(source, input())
  },
  // The layers of one nn.LSTM are modules of their own here; an nn.LSTMCell is an nn.LSTM of one layer.
  lstms: async () => {
    const { tensors } = right(await readTensors(path)())
    const renamed = tensors.map((one) => {
      const name = one.name.replace(/^(.*lstm\w*)\.(\w+_[ih]h)(?:_l(\d))?$/, (_, lstm, kind, layer = 0) => `${lstm}${layer}.${kind}_l0`) // prettier-ignore
      return { ...one, name, values: () => one.values() }
    })
    const layers = job.lstms.map((_, i) => ({ name: `lstm_${i}`, layer: lstm(job.units) }))
    const modules = Object.fromEntries(job.lstms.map((name, i) => [`lstm_${i}`, [name]]))
    const rest = job.dense === undefined ? [] : [{ name: 'rest', layer: serial(lastStep(), dense(job.units), relu) }]
    const dict = { tensors: renamed, modules: { ...modules, ...(job.dense && { rest: [job.dense] }) }, input: job.shape.slice(1) } // prettier-ignore
    const source = right(fromStateDict([...layers, ...rest], dict))
    return () => last(source, input())
  },
  chars2vec: async () => {
    const file = (name) => ({ name, bytes: new Uint8Array(readFileSync(join(path, name))) })
    const { source, characters } = right(openChars2vec(file('weights.h5'), file('model.pkl')))
    const { number } = right(openTokenizer(characterTokenizer(characters), { steps: 24, padding: 0 }))
    return () => last(source, tensor(Float32Array.from(job.words.flatMap((word) => [...number(word).ids])), [job.words.length, 24])) // prettier-ignore
  },
}

right(await useBackend('wasm')())
const from = process.cpuUsage()
const run = way === undefined ? undefined : await ways[way]()
const { user, system } = process.cpuUsage(from)
// The high-water mark of getrusage may be that of the process that started this one.
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
if (run !== undefined)
  writeFileSync(
    join(folder, 'y.bin'),
    scope(() => Float32Array.from(run().dataSync())),
  )
console.log(JSON.stringify({ cpu: (user + system) / 1e6, peak }))
