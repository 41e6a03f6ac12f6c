/** Kills and signals at random times. */
import { mkdirSync } from 'node:fs'

import { key, uniforms } from '@ptu/core'
import { encode } from 'fast-png'

import { small } from '../box.mjs'
import { check, decent, tidy, timeless } from '../checks.mjs'

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Kills a run `kills` times, each time later from its start than half a second, then lets it end; how often it was killed. */
const killed = async (box, line, { seed, kills, longest }) => {
  let count = 0
  for (const u of uniforms(key(seed), kills)) {
    const { child, ended } = box.start(count === 0 ? line : `${line} --resume`)
    const done = ended.then(() => true)
    if (await Promise.race([done, sleep(500 + longest * 1000 * u)])) {
      decent(await ended, { codes: [0] })
      return count
    }
    child.kill('SIGKILL')
    await ended
    count++
  }
  decent(await box.ptu(`${line} --resume`), { codes: [0] })
  return count
}

const compare = `compare ${small} --strategies share,fine-tune,ptu --seeds 2 --steps 60 --workers 2`

const comparison = async (box) => {
  decent(await box.ptu(`${compare} --out @whole`), { codes: [0] })
  const count = await killed(box, `${compare} --out @cut`, { seed: 1, kills: 5, longest: 4 })
  check(timeless(box.json('cut/results.json')) === timeless(box.json('whole/results.json')), 'other numbers')
  tidy(box, 'cut/jobs')
  return `${count} kills, the same numbers`
}

const transferred = async (box) => {
  const line = `transfer ${small} --steps 500`
  decent(await box.ptu(`${line} --out @whole`), { codes: [0] })
  const count = await killed(box, `${line} --out @cut`, { seed: 2, kills: 4, longest: 4 })
  check(box.read('cut/model.safetensors').equals(box.read('whole/model.safetensors')), 'other bytes')
  return `${count} kills, the same bytes`
}

/** The bytes of a safetensors file behind its header, which holds the seconds that the training took. */
const parametersIn = (bytes) => bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)))

const sourceTraining = async (box) => {
  const line = `transfer ${small.replace('--epochs 60', '--epochs 300')} --steps 20`
  await box.shell('rm -rf .cache')
  const count = await killed(box, `${line} --out @cut`, { seed: 3, kills: 4, longest: 4 })
  const [made] = box.names('.cache').filter((name) => name.endsWith('.safetensors'))
  const [cut, cutModel] = [box.read(`.cache/${made}`), box.read('cut/model.safetensors')]
  await box.shell('rm -rf .cache')
  decent(await box.ptu(`${line} --out @whole`), { codes: [0] })
  check(cutModel.equals(box.read('whole/model.safetensors')), 'other bytes')
  check(parametersIn(cut).equals(parametersIn(box.read(`.cache/${made}`))), 'another source network')
  return `${count} kills, the same bytes`
}

const network = `
import { key } from '@ptu/core'
import { conv2d, relu, serial } from '@ptu/layers'
import { initBody } from '@ptu/networks'
const body = ['one', 'two', 'three'].map((name) => ({ name, layer: serial(conv2d(6, 3, { stride: 2 }), relu) }))
const input = { shape: [16, 16, 3], normalisation: { mean: 127.5, deviation: 127.5 } }
const image = { size: [16, 16], channels: 3, fit: 'squash' }
export const source = {
  name: 'small',
  open: async () => ({ body, params: initBody(body, key(0), [16, 16, 3]), input: { ...input, image } }),
}
`

const trained = async (box) => {
  await box.shell(`ln -s ${new URL('../../../node_modules', import.meta.url).pathname} node_modules`)
  box.write('network.mjs', network)
  for (const [label, name] of ['dark', 'light'].entries()) {
    mkdirSync(box.at(`photos/${name}`), { recursive: true })
    for (let i = 0; i < 8; i++) {
      const data = Uint8Array.from(uniforms(key(10 * label + i), 16 * 16 * 3), (u) => 100 * label + 100 * u)
      box.write(`photos/${name}/${i}.png`, encode({ width: 16, height: 16, channels: 3, data }))
    }
  }
  const line = 'train @photos --model @network.mjs --freeze 1 --steps 15 --backend cpu --workers 2'
  decent(await box.ptu(`${line} --out @whole`), { codes: [0] })
  const count = await killed(box, `${line} --out @cut`, { seed: 4, kills: 4, longest: 4 })
  check(box.read('cut/model.safetensors').equals(box.read('whole/model.safetensors')), 'other bytes')
  return `${count} kills, the same bytes`
}

const signals = async (box) => {
  decent(await box.ptu(`${compare} --out @whole`), { codes: [0] })
  for (const name of ['SIGHUP', 'SIGTERM', 'SIGINT']) {
    const { child, ended } = box.start(`${compare} --out @${name}`)
    while (child.exitCode === null && !box.has(`${name}/settings.json`)) await sleep(20)
    child.kill(name)
    decent(await ended, { codes: [130], says: /--resume/ })
    tidy(box, name)
    decent(await box.ptu(`${compare} --out @${name} --resume`), { codes: [0] })
    check(timeless(box.json(`${name}/results.json`)) === timeless(box.json('whole/results.json')), 'other numbers')
  }
  return 'exit code 130, resumed to the same numbers'
}

const twice = async (box) => {
  const { child, ended } = box.start(`transfer ${small} --steps 100000 --out @t`)
  while (child.exitCode === null && !box.has('t/settings.json')) await sleep(20)
  child.kill('SIGINT')
  child.kill('SIGINT')
  decent(await ended, { codes: [130] })
  tidy(box, 't')
  return 'exit code 130'
}

const longer = `compare ${small.replace('--backend cpu', '--backend wasm')} --strategies share,fine-tune,ptu --seeds 4 --steps 900 --workers 2`

/** Seconds of a run that is killed every `every` seconds; undisturbed without. */
const secondsOf = async (box, out, every) => {
  const began = performance.now()
  let kills = 0
  for (;;) {
    const { child, ended } = box.start(kills === 0 ? `${longer} --out @${out}` : `${longer} --out @${out} --resume`)
    if (every === undefined || (await Promise.race([ended.then(() => true), sleep(every * 1000)]))) {
      decent(await ended, { codes: [0] })
      return { seconds: (performance.now() - began) / 1000, kills }
    }
    child.kill('SIGKILL')
    await ended
    kills++
    if (performance.now() - began > 240_000) throw new Error(`no end after ${kills} kills`)
  }
}

const everyFive = async (box) => {
  const rounds = []
  // One more round only where the first was short: each takes its time.
  for (let i = 0; i < 2 && (rounds[0]?.cut.seconds ?? 0) < 90; i++) {
    const whole = await secondsOf(box, `whole${i}`)
    const cut = await secondsOf(box, `cut${i}`, 5)
    check(timeless(box.json(`cut${i}/results.json`)) === timeless(box.json(`whole${i}/results.json`)), 'other numbers')
    rounds.push({ whole, cut })
  }
  return rounds
    .map(
      ({ whole, cut }) =>
        `${whole.seconds.toFixed(0)} s, with ${cut.kills} kills ${cut.seconds.toFixed(0)} s (× ${(cut.seconds / whole.seconds).toFixed(2)})`,
    )
    .join('; ')
}

/** The cases of kills and signals. */
export const killCases = [
  { name: 'signals', what: 'SIGHUP, SIGTERM and SIGINT to a comparison, then --resume', limit: 120, run: signals },
  { name: 'signal-twice', what: 'two SIGINTs at once', limit: 120, run: twice },
  { name: 'kill-compare', what: 'kill -9 of a comparison at random times', limit: 120, run: comparison },
  { name: 'kill-transfer', what: 'kill -9 of a transfer at random times', limit: 120, run: transferred },
  {
    name: 'kill-source',
    what: "kill -9 of a source network's training at random times",
    limit: 120,
    run: sourceTraining,
  },
  { name: 'kill-train', what: 'kill -9 of a training on photos at random times', limit: 120, run: trained },
  {
    name: 'kill-every-5-s',
    what: 'kill -9 every 5 s, against the same run left alone',
    limit: 300,
    alone: true,
    run: everyFive,
  },
]
