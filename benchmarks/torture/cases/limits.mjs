/** The limits of a machine. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'

import { small } from '../box.mjs'
import { check, decent, line, tidy } from '../checks.mjs'

const compare = `compare ${small} --strategies share,ptu --seeds 1 --steps 20`

/** A command line for the shell. */
const inShell = (box, text) => `$PTU ${text.replaceAll('@', `${box.folder}/`)}`

const openFiles = async (box) => {
  const said = []
  for (const count of [20, 24, 30, 40]) {
    const ended = await box.shell(`ulimit -n ${count}; ${inShell(box, `${compare} --out @o${count}`)}`)
    const text = decent(ended, { codes: [0, 1] })
    check(ended.code === 0 || /ulimit -n|open files|EMFILE/.test(text), `no remedy with ${count}: ${text}`)
    tidy(box)
    if (ended.code !== 0) said.push(line(text))
  }
  return said[0] ?? 'the run goes through'
}

const deletedFolder = async (box) => {
  const said = []
  for (const each of ['--version', 'inspect model', `${compare} --out o`])
    said.push(
      decent(await box.shell(`mkdir -p gone && cd gone && rmdir ../gone && ${inShell(box, each)}`), {
        codes: [1],
        says: /folder/,
      }),
    )
  return line(said[0])
}

const fullDisk = async (box) => {
  mkdirSync(box.at('disk'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', box.at('disk')]).status !== 0)
    return 'skipped: no file system can be mounted here'
  try {
    const runs = [
      `transfer ${small} --steps 300 --out @disk/o`,
      `${compare} --out @disk/c`,
      'export @model/model.safetensors --out @disk/js --backend cpu',
    ]
    await box.shell('head -c 60000 /dev/zero > disk/filler')
    const said = []
    for (const each of runs) {
      const ended = await box.ptu(`${each} --json`)
      said.push(decent(ended, { codes: [1], json: true, says: /full|space/ }))
      tidy(box, 'disk')
    }
    await box.shell('rm disk/filler; mount -o remount,size=20m disk')
    decent(await box.ptu(`${runs[0]} --resume`), { codes: [0] })
    decent(await box.ptu(`${runs[1]} --resume`), { codes: [0] })
    return line(said[0])
  } finally {
    spawnSync('umount', ['-l', box.at('disk')])
  }
}

/** Starves a process of memory: it must end, leave no half-written file, and go on with `--resume`. */
const memory = async (box) => {
  const ended = await box.ptu(`${compare} --out @m`, { env: { NODE_OPTIONS: '--max-old-space-size=12' } })
  check(!ended.late, 'it did not end')
  check(ended.code !== 0 || box.has('m/results.json'), 'it says that it is done and has no result')
  tidy(box, 'm')
  decent(await box.ptu(`${compare} --out @m --resume`), { codes: [0] })
  return ended.code === 0 ? 'the run goes through' : `ends by ${ended.signal ?? ended.code}; resumed to the end`
}

const processes = async (box) => {
  if (process.getuid?.() !== 0) return 'skipped: only root may take the rights of another user'
  chmodSync(box.folder, 0o777)
  const said = []
  const other = { uid: 4242 }
  for (const count of [1, 4, 8, 12, 14, 20]) {
    const limited = (text) => box.shell(`ulimit -u ${count}; ${text}`, other)
    // Below the threads that Node itself needs, it aborts or waits for ever, whatever it is to run.
    const starts = await limited(`timeout -s KILL 5 ${process.execPath} -e 'fs.promises.stat("/")'`)
    if (starts.code !== 0) continue
    const ended = await limited(inShell(box, `${compare} --workers 2 --out @p${count}`))
    if (/uv_thread_create|Assertion|pthread|Resource temporarily|fork/.test(ended.stderr)) continue
    const text = decent(ended, { codes: [0, 1] })
    said.push(ended.code === 0 ? `${count}: goes through` : `${count}: ${line(text)}`)
  }
  check(said.length > 0, 'expected Node to start with 20 processes')
  return said[0]
}

/** The cases of what a machine has too little of. */
export const limitCases = [
  { name: 'limit-files', what: '20 to 40 open files', limit: 120, run: openFiles },
  { name: 'limit-folder', what: 'a deleted working folder', limit: 120, run: deletedFolder },
  { name: 'limit-disk', what: 'a full disk, then one with space and --resume', limit: 120, run: fullDisk },
  { name: 'limit-memory', what: '12 MB of heap, then --resume', limit: 120, run: memory },
  { name: 'limit-processes', what: '1 to 20 processes and threads, as another user', limit: 120, run: processes },
]
