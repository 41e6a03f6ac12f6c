/** Cases of what earlier runs left. */
import { chmodSync, chownSync, copyFileSync, mkdirSync } from 'node:fs'

import { small } from '../box.mjs'
import { check, decent, line, tidy, timeless } from '../checks.mjs'

const compare = `compare ${small} --strategies share,ptu --seeds 1 --steps 20`

const handEdited = async (box) => {
  decent(await box.ptu(`${compare} --out @whole`), { codes: [0] })
  const whole = timeless(box.json('whole/results.json'))
  const job = 'whole/jobs/seed0-ptu.json'
  const { digest, value } = box.json(job)
  const edits = [
    { digest, value: { ...value, accuracy: 0.999 } },
    { digest, value: { ...value, accuracy: 7 } },
    { digest },
    null,
  ]
  for (const text of [...edits.map((edit) => JSON.stringify(edit)), '', '{', '\u0000'.repeat(100)]) {
    box.write(job, text)
    decent(await box.ptu(`${compare} --out @whole --resume`), { codes: [0] })
    check(timeless(box.json('whole/results.json')) === whole, `believed: ${text.slice(0, 60)}`)
  }
  return 'done again, to the same numbers'
}

const otherSource = async (box) => {
  const lines = [30, 61].map((epochs) => `${compare.replace('--epochs 60', `--epochs ${epochs}`)} --workers 1`)
  const names = []
  for (const [i, each] of lines.entries()) {
    decent(await box.ptu(`${each} --allow-untrained --out @run${i}`), { codes: [0] })
    names.push(...box.names('.cache').filter((name) => /^source-.*\.safetensors$/.test(name) && !names.includes(name)))
  }
  const [one, other] = names.slice(-2)
  copyFileSync(box.at(`.cache/${one}`), box.at(`.cache/${other}`))
  const said = decent(await box.ptu(`${lines[1]} --allow-untrained --out @again`), { codes: [0], says: /trained anew/ })
  check(timeless(box.json('again/results.json')) === timeless(box.json('run1/results.json')), 'other numbers')
  return line(said.split('\n').find((text) => text.includes('anew')))
}

const readOnlyParent = async (box) => {
  if (process.getuid?.() !== 0) return 'skipped: only root may take the rights of another user'
  const uid = 65534
  mkdirSync(box.at('locked/out'), { recursive: true })
  chownSync(box.at('locked/out'), uid, uid)
  chmodSync(box.at('locked'), 0o555)
  chmodSync(box.folder, 0o755)
  const ended = await box.ptu(`${compare} --out @locked/out`, { uid, env: { HOME: '/nonexistent' } })
  const said = decent(ended, { codes: [0, 1] })
  check(ended.code === 0 || /--out|write/.test(said), `no remedy: ${said}`)
  tidy(box, 'locked')
  return ended.code === 0 ? 'the run goes through' : line(said)
}

const flippedCheckpoint = async (box) => {
  const transfer = `transfer ${small} --steps 400 --out`
  decent(await box.ptu(`${transfer} @whole`), { codes: [0] })
  const { child, ended } = box.start(`${transfer} @cut`)
  const name = 'cut/checkpoints/seed0-ptu.safetensors'
  while (child.exitCode === null && !box.has(name)) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGKILL')
  await ended
  if (!box.has(name)) throw new Error('no checkpoint was saved before the end')
  const bytes = box.read(name)
  bytes[bytes.length - 100] ^= 16
  box.write(name, bytes)
  const said = decent(await box.ptu(`${transfer} @cut --resume`), { codes: [0], says: /checksum.*anew/ })
  check(box.read('cut/model.safetensors').equals(box.read('whole/model.safetensors')), 'another model')
  return line(said.split('\n').find((text) => text.includes('anew')))
}

const otherSettings = async (box) => {
  decent(await box.ptu(`${compare} --out @run`), { codes: [0] })
  const said = decent(await box.ptu(`${compare.replace('--steps 20', '--steps 21')} --out @run --resume --json`), {
    codes: [2],
    json: true,
    says: /steps: 20 there, 21 now/,
  })
  return line(said)
}

/** The cases of what earlier runs left. */
export const storeCases = [
  { name: 'store-hand-edited', what: 'the result of a job changed by hand, seven ways', limit: 120, run: handEdited },
  {
    name: 'store-other-source',
    what: "a kept source network copied over another's name",
    limit: 120,
    run: otherSource,
  },
  {
    name: 'store-flipped-byte',
    what: 'a flipped byte in a checkpoint, then --resume',
    limit: 120,
    run: flippedCheckpoint,
  },
  { name: 'store-other-settings', what: '--resume with another number of steps', limit: 120, run: otherSettings },
  {
    name: 'store-read-only',
    what: 'an --out whose parent cannot be written, as another user',
    limit: 120,
    run: readOnlyParent,
  },
]
