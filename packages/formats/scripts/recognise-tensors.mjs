// Reads { NAME: { TENSOR: SHAPE } } from the standard input and prints { NAME: ARCHITECTURE } of those that are recognised. See check-timm-names.py.
import { text } from 'node:stream/consumers'

import { recognise } from '../dist/architectures/recognise.js'
import { architectures } from '../dist/architectures/table.js'

const recognised = (shapes) => {
  const tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, { name, shape, dtype: 'float32' }]))
  try {
    return recognise(tensors, architectures).name
  } catch {
    return undefined
  }
}
const networks = Object.entries(JSON.parse(await text(process.stdin)))
console.log(JSON.stringify(Object.fromEntries(networks.map(([name, shapes]) => [name, recognised(shapes)]))))
