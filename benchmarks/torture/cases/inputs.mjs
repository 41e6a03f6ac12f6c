/** Cases of what the command reads. */
import { deflateRawSync } from 'node:zlib'

import { disposeParams, decodeParams, encodeParams } from '@ptu/tensor'
import '@tensorflow/tfjs'
import { tensor, zeros } from '@tensorflow/tfjs-core'

import { check, decent, line, tidy } from '../checks.mjs'
import { small } from '../box.mjs'

const rightOf = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

/** The model of the case with other facts or parameters, and a checksum that holds. */
const forged = async (box, { facts = (x) => x, params = (x) => x }) => {
  const saved = rightOf(await decodeParams(box.read('model/model.safetensors'))())
  const ptu = JSON.stringify(facts(JSON.parse(saved.metadata.ptu)))
  box.write('forged.safetensors', await encodeParams(params(saved.params), { ptu }))
  disposeParams(saved.params)
}

const readers = [
  'inspect @pipe',
  'evaluate @pipe --data @to.csv',
  'evaluate @model --data csv:@pipe',
  'compare --config @pipe --out @o',
]
const moreReaders = [
  'evaluate @model --data idx:@pipe,@pipe',
  `compare ${small.replace('@to.csv', 'tags:@pipe')} --out @o`,
]

const pipes = async (box) => {
  await box.shell('mkfifo pipe')
  const ended = await Promise.all([...readers, ...moreReaders].map((each) => box.ptu(`${each} --json`)))
  for (const each of ended) decent(each, { codes: [1, 2], json: true, says: /pipe/ })
  return line(ended[0].stderr)
}

const interruptedPipe = async (box) => {
  await box.shell('mkfifo pipe')
  const { child, ended, said } = box.start('compare --config @pipe --out @o', { stdio: ['ignore', 'pipe', 'pipe'] })
  await new Promise((resolve) => setTimeout(resolve, 3000))
  child.kill('SIGINT')
  const how = await ended
  // Before the command has taken the signal over, the signal itself ends it.
  if (how.signal !== 'SIGINT') decent(how, { codes: [130, 1, 2] })
  return line(said.stderr || 'ended by the signal')
}

const declaredShape = async (box) => {
  await forged(box, { facts: (facts) => ({ ...facts, shape: [10_000_000] }) })
  const said = []
  for (const each of [
    'inspect @forged.safetensors',
    'evaluate @forged.safetensors --data @to.csv',
    'export @forged.safetensors --out @js',
  ])
    said.push(
      decent(await box.ptu(`${each} --json --backend cpu`, { env: { NODE_OPTIONS: '--max-old-space-size=300' } }), {
        codes: each.startsWith('inspect') ? [0, 1] : [1], // as a file of tensors it is a good one
        json: true,
      }),
    )
  check(!box.has('js'), 'something was exported')
  return line(said[1])
}

const nanWeights = async (box) => {
  const spoilt = (params) => {
    if (Array.isArray(params)) return params.map(spoilt)
    if (typeof params.shape === 'undefined')
      return Object.fromEntries(Object.entries(params).map(([k, v]) => [k, spoilt(v)]))
    return tensor(new Float32Array(params.size).fill(NaN), params.shape)
  }
  await forged(box, { params: spoilt })
  const said = []
  for (const each of ['evaluate @forged.safetensors --data @to.csv', 'export @forged.safetensors --out @js'])
    said.push(decent(await box.ptu(`${each} --json --backend cpu`), { codes: [1], json: true, says: /finite|NaN/i }))
  return line(said[0])
}

const normalisation = async (box) => {
  await forged(box, { facts: (facts) => ({ ...facts, normalisation: { mean: [0, 0], deviation: [1, 1] } }) })
  return line(
    decent(await box.ptu('evaluate @forged.safetensors --data @to.csv --json --backend cpu'), {
      codes: [1],
      json: true,
    }),
  )
}

const limitZero = async (box) =>
  line(
    decent(await box.ptu('evaluate @model --data @to.csv --limit 0 --json'), { codes: [2], json: true, says: /limit/ }),
  )

const deep = async (box) => {
  const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  box.write('deep.json', nested)
  box.write('results.json', `{"runs":${nested}}`)
  const ended = []
  for (const each of [
    'compare --config @deep.json --out @o',
    'inspect @deep.json',
    'inspect @results.json',
    'evaluate @deep.json --data @to.csv',
  ])
    ended.push(decent(await box.ptu(`${each} --json`), { codes: [1, 2], json: true }))
  const header = Buffer.from(nested)
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(header.length))
  box.write('deep.safetensors', Buffer.concat([size, header]))
  decent(await box.ptu('inspect @deep.safetensors --json --backend cpu'), { codes: [1], json: true })
  return line(ended[0])
}

/** A zip of one deflated entry, whose header may say what it likes. */
const zip = (name, packed, size) => {
  const path = Buffer.from(name)
  const central = Buffer.alloc(46)
  central.write('PK\u0001\u0002', 'latin1')
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(packed.length, 20)
  central.writeUInt32LE(size, 24)
  central.writeUInt16LE(path.length, 28)
  const local = Buffer.alloc(30)
  local.write('PK\u0003\u0004', 'latin1')
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(packed.length, 18)
  local.writeUInt32LE(size, 22)
  local.writeUInt16LE(path.length, 26)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(46 + path.length, 12)
  end.writeUInt32LE(30 + path.length + packed.length, 16)
  return Buffer.concat([local, path, packed, central, path, end])
}

/** Inspects a file with 300 MB of heap; the most memory, in MB, and the seconds of a processor that it took. */
const inspected = async (box, name) => {
  box.write(
    'usage.cjs',
    "process.on('exit', () => require('node:fs').writeFileSync('usage.json', JSON.stringify(process.resourceUsage())))",
  )
  const ended = await box.ptu(`inspect @${name} --json --backend cpu`, {
    env: { NODE_OPTIONS: `--max-old-space-size=300 --require ${box.at('usage.cjs')}` },
  })
  const { maxRSS, userCPUTime, systemCPUTime } = box.json('usage.json')
  return { ended, megabytes: maxRSS / 1024, seconds: (userCPUTime + systemCPUTime) / 1e6 }
}

/** A bomb may take this much more than a file of a few bytes, in MB and in seconds. */
const most = { megabytes: 100, seconds: 2 }

const bomb = async (box) => {
  const packed = deflateRawSync(Buffer.alloc(400_000_000))
  box.write('small.pth', zip('archive/data.pkl', deflateRawSync(Buffer.from('x')), 1))
  const small = await inspected(box, 'small.pth')
  const found = []
  for (const size of [400_000_000, 100]) {
    box.write('bomb.pth', zip('archive/data.pkl', packed, size))
    const { ended, ...took } = await inspected(box, 'bomb.pth')
    const [megabytes, seconds] = ['megabytes', 'seconds'].map((what) => took[what] - small[what])
    const said = decent(ended, { codes: [1], json: true })
    check(megabytes < most.megabytes, `it took ${megabytes.toFixed(0)} MB more than a small file: ${line(said)}`)
    check(seconds < most.seconds, `it took ${seconds.toFixed(1)} s longer than a small file: ${line(said)}`)
    found.push({ said, megabytes })
  }
  return `${line(found[0].said)}; less than ${most.megabytes} MB and ${most.seconds} s more than a small file`
}

const traversal = async (box) => {
  box.write('up.pth', zip('../../outside/data.pkl', deflateRawSync(Buffer.from('x')), 1))
  decent(await box.ptu('inspect @up.pth --json --backend cpu'), { codes: [1], json: true })
  const weights = [{ paths: ['../../outside.bin'], weights: [] }]
  box.write('model.json', JSON.stringify({ format: 'layers-model', modelTopology: {}, weightsManifest: weights }))
  const said = decent(await box.ptu(`transfer --model @model.json --target @to.csv --shots 5 --out @o --json`), {
    codes: [1, 2],
    json: true,
  })
  tidy(box)
  return line(said)
}

const missing = async (box) => {
  const ended = await box.ptu(`transfer ${small.replace('@from.csv', 'nope:x')} --out @o --json`)
  return line(decent(ended, { codes: [2], json: true, says: /nope/ }))
}

/** Evaluates the model of the cases with parameters that are zeros of another shape. */
const otherShapes = async (box) => {
  await forged(box, { params: () => [[zeros([1, 1])]] })
  const ended = await box.ptu('evaluate @forged.safetensors --data @to.csv --json --backend cpu')
  return line(decent(ended, { codes: [1], json: true }))
}

/** The cases of what is read. */
export const inputCases = [
  { name: 'in-pipes', what: 'a silent pipe as model, data, texts and configuration', limit: 120, run: pipes },
  { name: 'in-pipe-interrupted', what: 'one SIGINT while a silent pipe is read', limit: 120, run: interruptedPipe },
  {
    name: 'in-declared-shape',
    what: 'a model that declares inputs of 10,000,000 numbers, 300 MB of heap',
    limit: 120,
    run: declaredShape,
  },
  {
    name: 'in-other-shapes',
    what: 'a model whose parameters are not those of its network',
    limit: 120,
    run: otherShapes,
  },
  { name: 'in-nan-weights', what: 'a model whose weights are NaN', limit: 120, run: nanWeights },
  {
    name: 'in-normalisation',
    what: 'a model that normalises by two means where it has six columns',
    limit: 120,
    run: normalisation,
  },
  { name: 'in-limit-zero', what: 'evaluate --limit 0', limit: 120, run: limitZero },
  { name: 'in-unknown-kind', what: '--source nope:x', limit: 120, run: missing },
  {
    name: 'in-deep-json',
    what: '200,000 nested lists as configuration, results, model and header',
    limit: 120,
    run: deep,
  },
  { name: 'in-zip-bomb', what: 'a network of PyTorch that inflates to 400 MB, said and unsaid', limit: 120, run: bomb },
  { name: 'in-traversal', what: 'names of files that lead out of their folder', limit: 120, run: traversal },
]
