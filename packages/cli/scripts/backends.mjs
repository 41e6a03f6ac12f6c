// Installs backends that npm alone does not bring, into a folder of their own; no lock file changes.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { tensorflow, usualVersion } from './tensorflow.mjs'

const tfjsPackage = {
  tensorflow: '@tensorflow/tfjs-node',
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
  webgpu: '@tensorflow/tfjs-backend-webgpu',
}
const others = { native: { 'node-api-headers': '1.9.0' }, webgpu: { webgpu: '0.6.2' } }

const help = `Installs backends that npm alone does not bring, into a folder of their own; no lock file changes.

  node backends.mjs [tensorflow] [tensorflow-gpu] [webgpu]     all three unless named

  --into FOLDER          where to; inside a project that has @tensorflow/tfjs (.cache/backends)
  --tensorflow VERSION   of the wheel tensorflow-cpu on PyPI whose C library is used (${usualVersion})
  --wheel FILE           a wheel that is here already, instead of PyPI
  --site-packages DIR    a TensorFlow that pip installed, with CUDA if it has that; untested with CUDA

What it is for, and what to do with a newer GPU: ptu doctor --native-help`

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    into: { type: 'string', default: '.cache/backends' },
    tensorflow: { type: 'string', default: usualVersion },
    wheel: { type: 'string' },
    'site-packages': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const wanted = positionals.length > 0 ? positionals : Object.keys(tfjsPackage)
const folder = resolve(options.into)
const manifestOf = (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
/** The backends that the folder has from an earlier call: they are installed again, for npm takes away what it does not list. */
const earlier = existsSync(join(folder, 'package.json')) ? (manifestOf(folder).ptuBackends ?? []) : []
const names = [...new Set([...earlier, ...wanted])]

const say = (text) => console.log(text)
const run = (command, args, more = {}) =>
  execFileSync(command, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 600_000,
    ...more,
  }).toString()

/** The version of the project's own tfjs; the backends must share it, or there would be two engines. */
const projectVersion = () => {
  try {
    return createRequire(join(folder, 'package.json'))('@tensorflow/tfjs/package.json').version
  } catch {
    throw new Error(
      `expected @tensorflow/tfjs in a folder above ${folder}, found none; choose --into inside of a project that has it`,
    )
  }
}

/** Unpacks a package of npm as it is published: nothing of it is run, and its own copy of tfjs is not fetched. */
const fetchPackage = (name, version) => {
  const to = join(folder, 'packages', name)
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', `${name}@${version}`, '--json', '--silent', '--pack-destination', folder]),
  )
  run('tar', ['-xzf', filename, '--strip-components=1', '-C', to])
  rmSync(join(folder, filename))
  return to
}

/** Installs what the packages need beside tfjs, then puts them among it. */
const installPackages = () => {
  const version = projectVersion()
  const unpacked = names.map((name) => [tfjsPackage[name], fetchPackage(tfjsPackage[name], version)])
  const needed = unpacked.flatMap(([, path]) => Object.entries(manifestOf(path).dependencies ?? {}))
  const dependencies = {
    ...Object.fromEntries(needed.filter(([name]) => !name.startsWith('@tensorflow/'))),
    ...(names.some((name) => name !== 'webgpu') ? others.native : {}),
    ...(names.includes('webgpu') ? others.webgpu : {}),
  }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, ptuBackends: names, dependencies }, null, 2),
  )
  run('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--silent'])
  mkdirSync(join(folder, 'node_modules', '@tensorflow'), { recursive: true })
  for (const [name, path] of unpacked) {
    rmSync(join(folder, 'node_modules', name), { recursive: true, force: true })
    run('mv', [path, join(folder, 'node_modules', name)])
  }
  rmSync(join(folder, 'packages'), { recursive: true })
}

/** The folders of NVIDIA's libraries beside a TensorFlow that pip installed; none for a CPU build. */
const nvidiaFolders = (library) => {
  const nvidia = join(dirname(library), 'nvidia')
  return existsSync(nvidia)
    ? readdirSync(nvidia)
        .map((name) => join(nvidia, name, 'lib'))
        .filter(existsSync)
    : []
}

/** Compiles the binding of a native package against TensorFlow's C library. Node-API is stable: one file serves every Node. */
const compile = (name, library) => {
  const path = join(folder, 'node_modules', tfjsPackage[name])
  const output = join(path, 'lib', 'napi-v8')
  mkdirSync(output, { recursive: true })
  const headers = join(folder, 'node_modules', 'node-api-headers', 'include')
  run(process.env.CXX ?? 'g++', [
    ...['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'],
    ...['-I', headers, '-I', join(library, 'include'), '-I', path],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(path, 'binding', file)),
    ...['-o', join(output, 'tfjs_binding.node'), '-L', library],
    ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...[library, ...nvidiaFolders(library)].map((each) => `-Wl,-rpath,${each}`),
  ])
}

const verification = `
const [, name, library] = process.argv
const util = require('node:util')
util.isNullOrUndefined ??= (x) => x == null
util.isArray ??= Array.isArray
const { grad, square, scalar, backend } = require(name)
if (grad(square)(scalar(3)).dataSync()[0] !== 6) throw new Error('its gradient of x² at 3 is not 6')
const { isUsingGpuDevice, binding } = backend()
console.log('libtensorflow ' + binding.TF_Version + ' on ' + (isUsingGpuDevice ? 'the GPU' : 'the CPU'))
`
/** Starts a native package in a process of its own. */
const verify = (name) =>
  run(process.execPath, ['-e', verification, tfjsPackage[name]], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  }).trim()

const main = async () => {
  const unknown = wanted.filter((name) => !(name in tfjsPackage))
  if (unknown.length > 0) throw new Error(`expected ${Object.keys(tfjsPackage).join(', ')}; got ${unknown.join(', ')}`)
  const native = names.filter((name) => name !== 'webgpu')
  if (native.length > 0 && `${process.platform} ${process.arch}` !== 'linux x64')
    throw new Error(
      `the recipe for ${native.join(' and ')} is for Linux on x86-64; this is ${process.platform} ${process.arch}`,
    )
  mkdirSync(folder, { recursive: true })
  say(`installing ${names.map((name) => tfjsPackage[name]).join(', ')} into ${folder}`)
  installPackages()
  if (native.length > 0) {
    const { wheel, tensorflow: version, 'site-packages': sitePackages } = options
    say(`TensorFlow's C library from ${sitePackages ?? wheel ?? `PyPI, tensorflow-cpu ${version}`}`)
    const from = {
      version,
      folder,
      wheel: wheel && resolve(wheel),
      sitePackages: sitePackages && resolve(sitePackages),
    }
    const library = await tensorflow(from)
    for (const name of native) {
      compile(name, library)
      say(`${name}: ${verify(name)}`)
    }
  }
  say(`\nDone. useBackend and ptu find them where this is set:\n  export PTU_BACKENDS=${folder}`)
}

if (options.help) say(help)
else
  await main().catch((error) => {
    console.error(`backends: ${error.message}`)
    process.exitCode = 1
  })
