/** Cases of what the command writes to. */
import { lstatSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'

import { check, decent, line, tidy } from '../checks.mjs'
import { small } from '../box.mjs'

const inspect = 'inspect @model/model.safetensors --backend cpu'

const device = async (box) => {
  const made = await box.shell('mknod full c 1 7')
  if (made.code !== 0) return 'skipped: no device can be made here'
  const said = decent(await box.ptu(`${inspect} --json --out @full`), { codes: [1], json: true, says: /full/ })
  decent(await box.ptu(`compare ${small} --out @full`), { codes: [1, 2], says: /--out|folder/ })
  check(lstatSync(box.at('full')).isCharacterDevice(), 'the device is gone')
  return line(said)
}

const fifo = async (box) => {
  await box.shell('mkfifo pipe')
  const reader = box.shell('cat pipe > got')
  decent(await box.ptu(`${inspect} --out @pipe`), { codes: [0] })
  await reader
  check(JSON.parse(box.read('got')).classes.length === 2, 'the reader did not get the document')
  const said = decent(await box.ptu(`${inspect} --out @pipe`), { codes: [1], says: /start the reader/ })
  check(lstatSync(box.at('pipe')).isFIFO(), 'the pipe is gone')
  tidy(box)
  return `read whole; without a reader: ${line(said)}`
}

const link = async (box) => {
  box.write('there.json', 'old')
  symlinkSync(box.at('there.json'), box.at('link'))
  decent(await box.ptu(`${inspect} --out @link`), { codes: [0] })
  check(readlinkSync(box.at('link')) === box.at('there.json'), 'the link is gone')
  check(box.json('there.json').classes.length === 2, 'the file behind the link was not written')
  tidy(box)
  return 'written through'
}

const twoRuns = async (box) => {
  const lines = [0, 1].map((seed) => `transfer ${small} --steps 300 --seed ${seed} --out @shared`)
  const ended = await Promise.all(lines.map((each) => box.ptu(each)))
  const [won, lost] = ended[0].code === 0 ? ended : ended.toReversed()
  decent(won, { codes: [0] })
  const said = decent(lost, { codes: [1, 2], says: /another run uses|expected .* to be empty/ })
  const seed = ended.indexOf(won)
  const { seeds } = box.json('shared/settings.json')
  check(seeds.join() === String(seed), 'the settings are not those of the run that went on')
  decent(await box.ptu(`transfer ${small} --steps 300 --seed ${seed} --out @alone`), { codes: [0] })
  check(box.read('shared/model.safetensors').equals(box.read('alone/model.safetensors')), 'the model is another one')
  tidy(box, 'shared')
  return line(said)
}

const twoResumers = async (box) => {
  const compare = `compare ${small} --strategies share,ptu --seeds 2 --steps 30 --workers 1 --out @shared`
  const ended = await Promise.all([0, 1].map(() => box.ptu(`${compare} --resume`)))
  check(
    ended.some(({ code }) => code === 0),
    'no run went through',
  )
  for (const each of ended) decent(each, { codes: [0, 1], says: /(?:)/ })
  decent(await box.ptu(`${compare} --resume`), { codes: [0] })
  tidy(box, 'shared')
  return `exit codes ${ended
    .map(({ code }) => code)
    .sort()
    .join(' and ')}`
}

const fullStdout = async (box) => {
  const said = []
  for (const what of [`${inspect} --json`, 'inspect @nothing --json', '--help'])
    said.push(
      await box.shell(`$PTU ${what.replaceAll('@', `${box.folder}/`)} > /dev/full`).then((ended) => {
        decent(ended, { codes: [1], says: /full|does not exist/ })
        return line(ended.stderr)
      }),
    )
  return said[0]
}

const closedPipe = async (box) => {
  const ended = await box.shell(
    `$PTU ${inspect.replaceAll('@', `${box.folder}/`)} --json | head -c 0; echo \${PIPESTATUS[0]}`,
  )
  decent(ended, { codes: [0] })
  check(ended.stdout === '0\n', `expected exit code 0, got ${ended.stdout}`)
  return 'exit code 0'
}

const otherModel = async (box) => {
  decent(await box.ptu('export @model/model.safetensors --out @js --backend cpu'), { codes: [0] })
  const before = readFileSync(box.at('js/model.json'))
  const again = await box.ptu('export @model/model.safetensors --out @js --backend cpu --json')
  const said = decent(again, { codes: [1, 2], json: true, says: /--replace/ })
  check(before.equals(readFileSync(box.at('js/model.json'))), 'the model was overwritten')
  decent(await box.ptu('export @model/model.safetensors --out @js --backend cpu --replace'), { codes: [0] })
  return line(said)
}

/** The cases of what is written to. */
export const outputCases = [
  { name: 'out-device', what: '--out names a device', limit: 120, run: device },
  { name: 'out-fifo', what: '--out names a pipe, with a reader and without', limit: 120, run: fifo },
  { name: 'out-link', what: '--out names a symbolic link', limit: 120, run: link },
  { name: 'out-shared', what: 'two runs of other settings with one --out', limit: 120, run: twoRuns },
  { name: 'out-resumed-twice', what: 'the same run resumed by two at once', limit: 120, run: twoResumers },
  { name: 'stdout-full', what: 'stdout is /dev/full', limit: 120, run: fullStdout },
  { name: 'stdout-closed', what: 'the reader of --json went away', limit: 120, run: closedPipe },
  { name: 'export-over', what: 'export into the folder of another model', limit: 120, run: otherModel },
]
