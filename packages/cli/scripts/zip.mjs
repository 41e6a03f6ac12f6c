// Reads chosen members of a zip file; the rest of a wheel of 200 MB stays packed.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

const endOfDirectory = 0x06054b50
const deflated = 8

const readAt = async (file, position, length) => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** The members of an open zip file: name, method, packed size, where their header lies. */
const membersOf = async (file) => {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 65_557), 65_557)
  const at = Array.from({ length: tail.length - 21 }, (_, i) => tail.length - 22 - i).find(
    (i) => tail.readUInt32LE(i) === endOfDirectory,
  )
  if (at === undefined) throw new Error('expected a zip file, found no directory at its end; it may be cut off')
  const directory = await readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12))
  const members = []
  for (let i = 0; i < directory.length;) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => directory.readUInt16LE(i + offset))
    members.push({
      name: directory.toString('utf8', i + 46, i + 46 + name),
      method: directory.readUInt16LE(i + 10),
      packed: directory.readUInt32LE(i + 20),
      header: directory.readUInt32LE(i + 42),
    })
    i += 46 + name + extra + comment
  }
  return members
}

const write = async (zip, file, { name, method, packed, header }, folder) => {
  const path = resolve(folder, name)
  if (!path.startsWith(resolve(folder) + sep))
    throw new Error(`the zip file wants to write outside of its folder: ${name}`)
  await mkdir(dirname(path), { recursive: true })
  const local = await readAt(file, header, 30)
  const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  const data = createReadStream(zip, { start, end: start + packed - 1 })
  await pipeline(data, method === deflated ? createInflateRaw() : new PassThrough(), createWriteStream(path))
}

/** Unpacks the files of a zip whose names `wanted` accepts; returns those names. */
export const unzip = async (path, folder, wanted) => {
  const file = await open(path)
  try {
    const members = (await membersOf(file)).filter(({ name, packed }) => packed > 0 && wanted(name))
    for (const member of members) await write(path, file, member, folder)
    return members.map(({ name }) => name)
  } finally {
    await file.close()
  }
}
