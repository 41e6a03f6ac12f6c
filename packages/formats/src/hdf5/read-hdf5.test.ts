import { readFileSync } from 'node:fs'

import { sourceOf } from '@ptu/core'
import { unzlibSync } from 'fflate'
import { describe, expect, it } from 'vitest'

import { nodeBelow, readHdf5, type Hdf5Node } from './read-hdf5.ts'

const files = JSON.parse(readFileSync(new URL('../../fixtures/hdf5.json', import.meta.url), 'utf8')) as Readonly<
  Record<'layouts' | 'many', string>
>

const rootOf = (name: keyof typeof files): Hdf5Node =>
  readHdf5(sourceOf(unzlibSync(Buffer.from(files[name], 'base64'))))

describe('an HDF5 file', () => {
  it.each(['compact', 'apart'])('holds the numbers of a dataset, be they in its header or elsewhere: %s', (name) => {
    const tensor = nodeBelow(rootOf('layouts'), name)?.tensor
    expect(tensor).toMatchObject({ dtype: 'float32', shape: [2, 3] })
    expect([...(tensor?.values() ?? [])]).toEqual([1.5, -2, 3, 4, 5, 0.25])
  })

  it('has all names of a group that needs a tree of several levels', () => {
    const { children } = rootOf('many')
    expect([...children.keys()].toSorted()).toEqual(Array.from({ length: 300 }, (_, i) => `n${String(i)}`).toSorted())
    expect([...(children.get('n299')?.().tensor?.values() ?? [])]).toEqual([1.5])
  })
})
