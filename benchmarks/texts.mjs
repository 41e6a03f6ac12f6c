/**
 * Measures few labelled texts with all-MiniLM-L6-v2 on WebAssembly or another backend, and in PyTorch on one thread, in one interleaved run:
 * texts encoded by the whole network, in tokens a second; and a step of fine-tuning and of ptu of the last two layers. The texts are
 * sentences of the Brown corpus at their own lengths, 32 tokens at most, in the batches of similar length that ptu makes; PyTorch gets
 * the same batches. A linear probe by the command on 1,000 of them is timed once.
 *
 * Usage: PYTHON=/path/to/python npm run bench:texts [-- --rounds 9 --backend wasm]     writes benchmarks/results/texts-speed[-BACKEND].json
 * Needs the weights (npm run fetch-weights) and a Python with torch and transformers; without it there are no ratios.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

import { useBackend } from '@ptu/tensor/backend'

import { machine, median } from './interleaved.mjs'
import { right } from './mobilenet-source.mjs'
import { readOptions } from './options.mjs'
import { startPyTorch, timed } from './pytorch.mjs'
import { folder, labelledTexts, minilm } from './texts-cases.mjs'

const values = readOptions({ rounds: { type: 'string', default: '9' }, backend: { type: 'string', default: 'wasm' } })
const rounds = Number(values.rounds)
if (!existsSync(folder)) {
  console.error(`${folder} is not there; run: npm run fetch-weights`)
  process.exit(1)
}
// As the command does.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd')
// TensorFlow's C library takes every core unless it is told; PyTorch is told in texts.py.
process.env['TF_NUM_INTRAOP_THREADS'] ??= '1'
const backend = right(await useBackend(values.backend)())
const { cases, batches } = await minilm()
const place = mkdtempSync(join(tmpdir(), 'ptu-texts-'))
writeFileSync(join(place, 'batches.json'), JSON.stringify(batches))

const script = fileURLToPath(new URL('texts.py', import.meta.url))
const torch = await startPyTorch(script, [folder, join(place, 'batches.json')])
const contenders = Object.fromEntries(
  cases.flatMap(({ name, run }) => [
    [name, timed(run)],
    ...(torch.contenders?.includes(name) ? [[`PyTorch: ${name}`, torch.ask(name)]] : []),
  ]),
)
const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
for (let round = -1; round < rounds; round++)
  for (const [name, run] of Object.entries(contenders)) {
    const sample = await run(1)
    console.error(`${round < 0 ? 'warm-up' : `round ${round + 1}`}, ${name}: ${Math.round(sample.cpu)} ms`)
    if (round >= 0) samples[name].push(sample)
  }
torch.close()

/** The CPU seconds of a command, its threads among them. */
const cpuOf = async (words) => {
  const tell = 'process.on("exit",()=>{const{user,system}=process.cpuUsage();process._rawDebug(`cpu ${user+system}`)})'
  const ptu = fileURLToPath(new URL('../packages/cli/bin/ptu.js', import.meta.url))
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, ptu, ...words])
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  child.stdout.resume()
  const [code] = await once(child, 'close')
  const [, microseconds] = /cpu ([0-9]+)/.exec(said) ?? []
  if (code !== 0 || microseconds === undefined) throw new Error(`ptu ${words.join(' ')} ended with ${code}: ${said}`)
  return Number(microseconds) / 1e6
}

const csv = join(place, 'texts.csv')
writeFileSync(csv, labelledTexts(1000))
const probe = [
  '--method',
  'probe',
  '--minutes',
  '0.01',
  '--backend',
  values.backend,
  '--workers',
  '1',
  '--out',
  join(place, 'out'),
]
const probeSeconds = await cpuOf(['train', csv, '--model', folder, '--tokens', '32', ...probe])
rmSync(place, { recursive: true })

const rounded = (number, digits = 2) => Number(number.toFixed(digits))
const rows = cases.map(({ name, tokens, target, against }) => {
  const own = median(samples[name].map(({ cpu }) => cpu))
  const their = samples[`PyTorch: ${against ?? name}`]
  const ratio = their && rounded(median(their.map(({ cpu }, round) => samples[name][round].cpu / cpu)))
  return {
    name,
    cpuMs: rounded(own),
    tokensPerSecond: Math.round((1000 * tokens) / own),
    ...(their && { pytorchMs: rounded(median(their.map(({ cpu }) => cpu))), ratio }),
    ...(target !== undefined && ratio !== undefined && { target, met: ratio <= target }),
  }
})
const probed = {
  name: 'a linear probe on 1,000 texts',
  cpuSeconds: rounded(probeSeconds),
  target: 20,
  met: probeSeconds <= 20,
}
console.table(rows)
console.table([probed])
const result = {
  what:
    'all-MiniLM-L6-v2 on sentences of the Brown corpus of at most 32 tokens: median CPU milliseconds, and the median over rounds of the ' +
    'ratio of CPU times, this project / PyTorch, one thread each; a step is Adam on 24 texts, the layers before are computed once; the ratio ' +
    'of ptu is to fine-tuning in PyTorch. The probe is the whole command, its start among it',
  backend: { name: backend.name, notes: backend.notes },
  pytorch: torch.version ?? 'not found',
  machine: machine(),
  rounds,
  rows,
  probe: probed,
}
const suffix = values.backend === 'wasm' ? '' : `-${values.backend}`
writeFileSync(new URL(`results/texts-speed${suffix}.json`, import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
process.exit(0)
