import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import {
  TensorProto_DataLocation as Location,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
} from './generated/onnx_pb.ts'
import { tensorOf } from './tensors.ts'

describe('a tensor of a model of ONNX', () => {
  it('has a name, a type, a shape and numbers', () => {
    const proto = create(TensorProtoSchema, { name: 'w', dataType: DataType.FLOAT, dims: [2n], floatData: [1.5, -2] })
    const tensor = tensorOf(proto, 'w', new Map())
    expect(tensor).toMatchObject({ name: 'w', dtype: 'float32', shape: [2] })
    expect([...tensor.values()]).toEqual([1.5, -2])
  })

  it('whose numbers are in a file that is not at hand is refused by name, once they are asked for', () => {
    const proto = create(TensorProtoSchema, {
      ...{ name: 'w', dataType: DataType.FLOAT, dims: [2n], dataLocation: Location.EXTERNAL },
      externalData: [{ key: 'location', value: 'w.bin' }],
    })
    const tensor = tensorOf(proto, 'w', new Map())
    expect(tensor).toMatchObject({ name: 'w', dtype: 'float32', shape: [2] })
    expect(tensor.refused).toContain('w.bin')
    expect(() => tensor.values()).toThrow('w')
  })
})
