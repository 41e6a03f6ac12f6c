// Gets TensorFlow's C library and its headers from a wheel of PyPI: https://pypi.org/project/tensorflow-cpu
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { unzip } from './zip.mjs'

const index = process.env.PIP_INDEX_URL ?? 'https://pypi.org/simple'
const project = 'tensorflow-cpu'

/** The oldest wheel that holds libtensorflow_cc.so.2, so the nearest to the libtensorflow 2.9.1 that tfjs 4.22 was built for. */
export const usualVersion = '2.12.1'
const usualHash = '7ffb595707a8fb376deaddc768784c7a0242b16cbc6e06393b1733b2ce19f855'
const usualPython = 'cp311'

const library =
  /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2|include\/(tensorflow\/(c|core\/platform|tsl)|tsl)\/.*\.h)$/

const get = async (url, headers = {}) => {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(600_000) }).catch((cause) => {
    throw new Error(`cannot reach ${url}: ${cause.cause?.message ?? cause.message}`)
  })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer
}

/** The address and SHA-256 of a wheel for this machine. */
const find = async (version) => {
  const answer = await get(`${index}/${project}/`, { accept: 'application/vnd.pypi.simple.v1+json' })
  const { files } = await answer.json()
  const ours = files.filter(
    ({ filename }) => filename.startsWith(`tensorflow_cpu-${version}-`) && /manylinux.*x86_64\.whl$/.test(filename),
  )
  const wheel = ours.find(({ filename }) => filename.includes(`-${usualPython}-`)) ?? ours.at(-1)
  if (wheel === undefined) throw new Error(`${index} has no wheel ${project} ${version} for Linux on x86-64`)
  const sha256 = version === usualVersion && wheel.filename.includes(usualPython) ? usualHash : wheel.hashes.sha256
  return { url: new URL(wheel.url, `${index}/${project}/`).href, sha256, filename: wheel.filename }
}

const hashOf = async (path) => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Downloads a wheel, unless it is there already, and checks it. */
const download = async (version, folder) => {
  const { url, sha256, filename } = await find(version)
  const path = join(folder, filename)
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true })
    const { body } = await get(url)
    await pipeline(Readable.fromWeb(body), createWriteStream(`${path}.part`))
    await rename(`${path}.part`, path)
  }
  const found = await hashOf(path)
  if (found !== sha256) throw new Error(`${path}: expected SHA-256 ${sha256}, got ${found}; delete it and try again`)
  return path
}

/** The folder of a `site-packages` that was installed by pip, checked. */
const installed = (sitePackages) => {
  const folder = join(sitePackages, 'tensorflow')
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/tensorflow/c/c_api.h'])
    if (!existsSync(join(folder, name)))
      throw new Error(
        `${sitePackages}: expected tensorflow/${name}, found none; install tensorflow ${usualVersion} or newer there`,
      )
  return folder
}

/** The folder with TensorFlow's libraries and headers: of `sitePackages`, or unpacked from a wheel into `folder`. */
export const tensorflow = async ({ version, wheel, sitePackages, folder }) => {
  if (sitePackages !== undefined) return installed(sitePackages)
  const into = join(folder, `tensorflow-${wheel === undefined ? version : 'wheel'}`)
  if (wheel !== undefined || !existsSync(join(into, 'complete'))) {
    const downloads = join(folder, 'downloads')
    await unzip(wheel ?? (await download(version, downloads)), into, (name) => library.test(name))
    installed(into)
    await writeFile(join(into, 'complete'), '')
    await rm(downloads, { recursive: true, force: true })
  }
  return installed(into)
}
