import { disposeSource } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import '@tensorflow/tfjs'
import { grad, square, sum, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { cutPoints, decodeOnnx, disposeModel, fromLayersModel, listTensors, openModel } from '../src/index.ts'
import { opened } from './keras-files.ts'
import { onnxBytes, onnxCases } from './onnx-files.ts'
import { caseOf, expectNumbers, lastOf } from './onnx-expected.ts'

const fileOf = (name: string) => ({ name: `${name}.onnx`, bytes: onnxBytes(name) })

describe('a model of ONNX', () => {
  it.each(onnxCases.map(({ name }) => name))('%s computes what onnxruntime does, with every tensor used', (name) => {
    const { shape, x, y } = caseOf(name)
    const used = new Set<string>()
    const model = opened(decodeOnnx(fileOf(name))).watched((one) => used.add(one))
    const source = opened(fromLayersModel(model, []))
    scope(() => {
      expectNumbers(lastOf(source, tensor([...x], [...shape])), y)
    })
    disposeSource(source)
    expect(model.weights.map((weight) => weight.name).filter((one) => !used.has(one))).toEqual([])
  })

  it('has the gradient that PyTorch has', () => {
    const { shape, x, gradient } = caseOf('inverted')
    const source = opened(fromLayersModel(opened(decodeOnnx(fileOf('inverted'))), []))
    scope(() => {
      const slope = grad((input: Tensor) => sum(square(lastOf(source, input))))
      expectNumbers(slope(tensor([...x], [...shape])), gradient ?? [])
    })
    disposeSource(source)
  })

  it.each([
    ['residual', ['/body/body.1/Add', '/body/body.2/Add', '/body/body.2/Relu_1'], '/fc/Gemm'],
    ['inverted', [
      ...['0/body.0.1/BatchNormalization', '0/body.0.2/Clip', '1/Add', '2/conv/conv.1/BatchNormalization', '2/conv/conv.2/Clip'],
      ...['2/conv/conv.4/BatchNormalization', '2/conv/conv.5/Clip', '2/conv/conv.7/BatchNormalization', '3/Add'],
    ].map((name) => `/body/body.${name}`), '/fc/Gemm'], // prettier-ignore
    ['plain', ['/0/Conv', '/1/Relu', '/2/MaxPool', '/3/Conv', '/4/Relu', '/5/MaxPool'], '/10/Gemm'],
  ])('%s of images opens as blocks up to its last map, and a classifier', (name, blocks, head) => {
    const model = opened(openModel(fileOf(name)))
    expect(model.format).toContain('written by pytorch')
    expect(model.source.blocks.map((block) => block.name)).toEqual(blocks)
    expect(model.head?.name).toBe(head)
    expect(model.input).toEqual([16, 16, 3])
    expect(model.leftOver).toEqual([])
    const { shape, x, y } = caseOf(name)
    scope(() => {
      const map = lastOf(model.source, tensor([...x], [...shape]))
      const logits = model.head?.layer.apply(model.head.params, map, { kind: 'infer' })
      expectNumbers(logits ?? map, y)
    })
    disposeModel(model)
  })

  it('has no batch normalisation left beside its convolutions', () => {
    const model = opened(openModel(fileOf('inverted')))
    expect(JSON.stringify(model.source.blocks.map(({ layer }) => layer.spec))).not.toContain('frozenBatchNorm')
    disposeModel(model)
  })

  it('opens for images of another size, and keeps what brings pixels to its range', () => {
    const model = opened(openModel(fileOf('residual'), { input: [32, 24, 3] }))
    expect(model.source.blocks.reduce((shape, block) => block.output(shape), model.input)).toEqual([4, 3, 12])
    disposeModel(model)
    const scaled = opened(openModel(fileOf('pixels')))
    expect(JSON.stringify(scaled.source.blocks[0]?.layer.spec)).toContain('"type":"fixedAffine"')
    disposeModel(scaled)
  })

  it('can be cut by the name of a node or of a value, and stops before what cannot be opened', () => {
    const model = opened(decodeOnnx(fileOf('plain')))
    expect(opened(cutPoints(model)).slice(0, 3)).toEqual(['/0/Conv', '/1/Relu', '/2/MaxPool'])
    const source = opened(fromLayersModel(model, ['/1/Relu_output_0'], { until: '/3/Conv' }))
    expect(source.blocks.map(({ name }) => name)).toEqual(['/1/Relu', '/3/Conv'])
    disposeSource(source)
    const cut = opened(openModel(fileOf('refused-operator')))
    expect(cut.facts['left out']).toContain(
      'node the_Einsum_y (Einsum): this operator cannot be opened; stop before it',
    )
    expect(cut.source.blocks.map(({ name }) => name)).toEqual(['the_Conv_a'])
    disposeModel(cut)
  })

  it('names the tensors that it does not read', () => {
    const used = new Set<string>()
    const model = opened(decodeOnnx(fileOf('left-over'))).watched((name) => used.add(name))
    disposeSource(opened(fromLayersModel(model, [])))
    expect(model.weights.map(({ name }) => name)).toEqual(['w', 'never_read'])
    expect([...used]).toEqual(['w'])
    expect(opened(listTensors(fileOf('left-over'))).tensors.map(({ name }) => name)).toEqual(['w', 'never_read'])
  })

  it.each([
    [
      'refused-attention',
      'node the_MatMul_y (MatMul): products of two values are opened where they are attention, softmax(scale · q · kᵀ + constant mask) · v; others cannot be',
    ],
    ['refused-batch', 'node the_Reshape_a (Reshape): expected a shape of as many numbers that leaves the examples apart, got [2, -1] for [N, 4, 4]'], // prettier-ignore
    ['refused-integers', 'node the_DequantizeLinear_u (DequantizeLinear): constants that are computed by DequantizeLinear'], // prettier-ignore
    [
      'refused-open',
      'input "x": expected to know the shape of an example, got [?, ?, 3] for 3 axes; say it with input',
    ],
    ['refused-opset', 'expected operators of opset 11 to 21, got 9; in Python: onnx.version_converter'],
  ])('that is %s says why and where', (name, message) => {
    const model = decodeOnnx(fileOf(name))
    const found = E.isLeft(model) ? model : fromLayersModel(model.right, [])
    expect(E.isLeft(found) && found.left.message).toContain(message)
  })

  it('whose places are open is opened for a size that is given', () => {
    const source = opened(fromLayersModel(opened(decodeOnnx(fileOf('refused-open'))), [], { input: [5, 6, 3] }))
    expect(source.blocks[0]?.output([5, 6, 3])).toEqual([3, 4, 4])
    disposeSource(source)
  })
})
