import { scope } from '@ptu/tensor'
import '@tensorflow/tfjs'
import { tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { disposeModel, openModel } from '../src/index.ts'
import { readModel } from '../src/node.ts'
import { opened } from './keras-files.ts'
import { onnxBytes, onnxPath } from './onnx-files.ts'
import { caseOf, expectNumbers, lastOf } from './onnx-expected.ts'

describe('a model of ONNX with numbers in another file', () => {
  /** A folder with a model, and its numbers under a name that is as long as theirs. */
  const inFolder = async (location: string, use: (folder: string, model: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-onnx-'))
    try {
      const model = join(folder, 'in', 'model.onnx')
      await mkdir(join(folder, 'in', 'sub'), { recursive: true })
      const bytes = Buffer.from(onnxBytes('external'))
      bytes.write(location, bytes.indexOf('external.data'))
      await writeFile(model, bytes)
      await use(folder, model)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  const numbers = onnxPath('external').replace(/external\.onnx$/, 'external.data')

  const messageOf = async (path: string): Promise<string> => {
    const found = await readModel(path)()
    if (E.isLeft(found)) return found.left.message
    disposeModel(found.right)
    return 'opened'
  }

  it('reads them beside it and below it', async () => {
    const found = opened(await readModel(onnxPath('external'))())
    const { shape, x, y } = caseOf('conv-valid')
    scope(() => {
      expect(shape).toEqual([2, 7, 6, 3])
      expect(lastOf(found.source, tensor([...x], [...shape])).size).toBe(y.length)
      expectNumbers(lastOf(found.source, tensor([...x], [...shape])), y)
    })
    disposeModel(found)
    await inFolder('sub/data.file', async (folder, model) => {
      await copyFile(numbers, join(folder, 'in', 'sub', 'data.file'))
      expect(await messageOf(model)).toBe('opened')
    })
  })

  it.each(['../number.bin', '/etc/passwd_1', 'sub/../../nm.', 'sub\\\\data.bin', 'c:/numbers.bn', './numbers.bin'])(
    'does not read %s',
    async (location) => {
      await inFolder(location.padEnd(13, '_'), async (_folder, model) => {
        expect(await messageOf(model)).toContain("expected tensors in files of the model's own folder, one is in")
      })
    },
  )

  it('does not follow a link that leaves the folder, and names a file that is missing or too short', async () => {
    await inFolder('numbers.files', async (folder, model) => {
      const place = join(folder, 'in', 'numbers.files')
      expect(await messageOf(model)).toContain('numbers.files: it does not exist')
      await writeFile(place, new Uint8Array(10))
      expect(await messageOf(model)).toContain(
        'tensor "w": expected 432 bytes from 0 on in "numbers.files", which has 10',
      )
      await rm(place)
      await copyFile(numbers, join(folder, 'outside'))
      await symlink(join(folder, 'outside'), place)
      expect(await messageOf(model)).toContain('it is a link that leaves it')
      await rm(place)
      await rename(join(folder, 'outside'), place)
      expect(await messageOf(model)).toBe('opened')
    })
  })

  it('says to open it by its path where only its bytes are given', () => {
    const found = openModel({ name: 'external.onnx', bytes: onnxBytes('external') })
    expect(E.isLeft(found) && found.left.message).toContain('in another file, "external.data", which is not here')
  })
})
