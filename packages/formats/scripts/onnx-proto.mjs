// Makes src/onnx/generated/onnx_pb.ts from the onnx.proto of PyPI's onnx: node packages/formats/scripts/onnx-proto.mjs [onnx.proto]
// Needs protoc, and of npm: npm install --no-save @bufbuild/protoc-gen-es@2.17.0 (it asks for Node 22 or later).
// Without a path the wheel is downloaded; it is only unpacked, and the file is checked by its SHA-256.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { unzipSync } from 'fflate'

const wheel = 'onnx==1.23.2'
const sha256 = '547214dd049486a4d5ecbae593e9c72d90b5e8d603944b722eff469e0b5a9cc9'
const generated = join(import.meta.dirname, '../src/onnx/generated')
const plugin = join(import.meta.dirname, '../../../node_modules/.bin/protoc-gen-es')

const downloaded = (folder) => {
  const platform = ['--python-version', '3.12', '--platform', 'manylinux_2_28_x86_64', '--only-binary', ':all:']
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--dest', folder]
  execFileSync('python3', [...args, ...platform, wheel], { timeout: 300_000, stdio: ['ignore', 'inherit', 'inherit'] })
  const [name] = readdirSync(folder)
  const members = unzipSync(readFileSync(join(folder, name)), { filter: (member) => member.name === 'onnx/onnx.proto' })
  return Buffer.from(members['onnx/onnx.proto'])
}

const folder = mkdtempSync(join(tmpdir(), 'ptu-onnx-'))
try {
  const proto = process.argv[2] === undefined ? downloaded(folder) : readFileSync(process.argv[2])
  const sum = createHash('sha256').update(proto).digest('hex')
  if (sum !== sha256) throw new Error(`expected the onnx.proto of ${wheel} with SHA-256 ${sha256}, got ${sum}`)
  writeFileSync(join(folder, 'onnx.proto'), proto)
  mkdirSync(generated, { recursive: true })
  // TypeScript without enums: the code base allows only syntax that can be erased.
  const options = ['--es_opt=target=ts', '--es_opt=erasable_syntax=true']
  execFileSync(
    'protoc',
    [`--plugin=protoc-gen-es=${plugin}`, `--proto_path=${folder}`, `--es_out=${generated}`, ...options, 'onnx.proto'],
    { stdio: 'inherit' },
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
