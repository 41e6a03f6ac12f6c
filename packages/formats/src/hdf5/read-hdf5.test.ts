import { unzlibSync } from 'fflate'
import { describe, expect, it } from 'vitest'

import { nodeBelow, readHdf5 } from './read-hdf5.ts'

// h5py 3.16.0: two datasets of the float32 numbers 1.5, -2, 3, 4, 5, 0.25; `compact` has the layout H5D_COMPACT.
const bytes = unzlibSync(
  Buffer.from(
    'eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KJDhQ+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsrSPV/NACzx4MFQnMwjIKRCDxcHQNAdASUD0tPJ5hQ1S' +
      'Xn5xYkJpcwJBYkFpUgpUsHMu1lZGCDpF9GGF8DQjNBBGDWM0NpdD4z0KUglYIK8gyQJKzAIM7BIF4PlWcFpmiQPBPUQA6gPEwfA8MBexABdD3Q+Q1AvABE' +
      '24HkhaA5AaTpwGbubAaGigGNn2A/fxdGoO9hpccEVvzqYflYgXk0baOmN1ZImqV1emOCpTdITmJmhEWJBJqLKkYjZVgD7GUMAPyWP98=',
    'base64',
  ),
)

describe('an HDF5 file', () => {
  it.each(['compact', 'apart'])('holds the numbers of a dataset, be they in its header or elsewhere: %s', (name) => {
    const tensor = nodeBelow(readHdf5(bytes), name)?.tensor
    expect(tensor).toMatchObject({ dtype: 'float32', shape: [2, 3] })
    expect([...(tensor?.values() ?? [])]).toEqual([1.5, -2, 3, 4, 5, 0.25])
  })
})
