// Puts a head of three classes on the body of the Hugging Face folder FROM, writes it to TO under the names of transformers, and its
// logits for TO/x.bin of shape SHAPE to TO/logits.bin; prints the class of transformers. See check-hugging-face.py.
import { key } from '@ptu/core'
import { encodeSafetensors, huggingFaceOf } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { dense, globalAveragePool, infer, serial } from '@ptu/layers'
import { useBackend } from '@ptu/tensor/backend'
import { tensor } from '@tensorflow/tfjs-core'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [from, to, sizes] = process.argv.slice(2)
const shape = sizes.split(',').map(Number)
const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

await useBackend('cpu')()
const opened = right(await readModel(from, shape.length === 4 ? { input: shape.slice(1) } : {})())
const { blocks } = opened.source
const last = blocks.reduce((at, block) => block.output(at), opened.input)
const head = last.length === 3 ? serial(globalAveragePool, dense(3)) : dense(3)
const network = {
  layer: serial(...blocks.map(({ layer }) => layer), head),
  params: [...blocks.map(({ params }) => params), head.init(key(7), last)],
}
const options = { config: opened.config, input: opened.input, classes: ['a', 'b', 'c'] }
const folder = right(await huggingFaceOf(network, options)())
writeFileSync(join(to, 'config.json'), folder.config)
writeFileSync(join(to, 'model.safetensors'), encodeSafetensors(folder.tensors, { format: 'pt' }))
const bytes = readFileSync(join(to, 'x.bin'))
const x = tensor(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), shape)
writeFileSync(join(to, 'logits.bin'), network.layer.apply(network.params, x, infer).dataSync())
console.log(folder.architecture)
