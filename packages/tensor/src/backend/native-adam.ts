import { getKernel, registerKernel, scalar, tensor1d, type KernelFunc, type Tensor } from '@tensorflow/tfjs-core'

import { scope } from '../scope.ts'

/** An attribute of an operation of TensorFlow. */
interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** The part of tfjs-node 4.22's backend that runs operations of TensorFlow by name. */
interface Operations {
  readonly binding: {
    readonly TF_ATTR_TYPE: number
    readonly TF_ATTR_BOOL: number
    readonly TF_ATTR_SHAPE: number
    readonly TF_ATTR_STRING: number
    readonly TF_FLOAT: number
  }
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): readonly Tensor[]
}

/** The parameter, its gradient and the means of Adam; and the numbers of the step. */
interface Call {
  readonly inputs: Readonly<Record<'param' | 'grad' | 'mean' | 'variance', Tensor>>
  readonly attrs: Readonly<Record<'rate' | 'beta1' | 'beta2' | 'epsilon', number>>
}

const kernelName = 'PtuAdam'
const backendName = 'tensorflow'

/** The name that TensorFlow takes for a variable that no other shares (`ResourceHandle::ANONYMOUS_NAME`). */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347'

/** The operations on variables, each with its attributes. */
const variablesOf = (backend: Operations) => {
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_ATTR_SHAPE, TF_ATTR_STRING, TF_FLOAT } = backend.binding
  const dtype = { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT }
  const off = (name: string): Attribute => ({ name, type: TF_ATTR_BOOL, value: false })
  const text = (name: string, value: string): Attribute => ({ name, type: TF_ATTR_STRING, value })
  const one = (operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor =>
    backend.executeMultipleOutputs(operation, attributes, inputs, 1)[0] as Tensor
  const none = (operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): void => {
    backend.executeMultipleOutputs(operation, attributes, inputs, 0)
  }
  return {
    /** A variable of the same numbers, which are copied only where one of the two is written. */
    open: (start: Tensor): Tensor => {
      const shape = { name: 'shape', type: TF_ATTR_SHAPE, value: start.shape }
      const variable = one('VarHandleOp', [dtype, shape, text('container', ''), text('shared_name', anonymous)], [])
      none('AssignVariableOp', [dtype], [variable, start])
      return variable
    },
    apply: (inputs: readonly Tensor[]): void => {
      none('ResourceApplyAdam', [{ ...dtype, name: 'T' }, off('use_locking'), off('use_nesterov')], inputs)
    },
    close: (variable: Tensor): Tensor => {
      const value = one('ReadVariableOp', [dtype], [variable])
      none('DestroyResourceOp', [off('ignore_lookup_error')], [variable])
      return value
    },
  }
}

/** One step of Adam by TensorFlow's own operation, which is one pass where composed operations are fourteen. */
const adamStep = (
  backend: Operations,
  { inputs: { param, grad, mean, variance }, attrs: { rate, beta1, beta2, epsilon } }: Call,
): readonly Tensor[] => {
  const { open, apply, close } = variablesOf(backend)
  return scope(() => {
    const variables = [param, mean, variance].map(open)
    // TensorFlow corrects the rate by powers of beta1 and beta2; this one is corrected, so the powers are 0.
    const numbers = [0, 0, rate, beta1, beta2, epsilon].map((number) => scalar(number))
    apply([...variables, ...numbers, grad])
    return variables.map(close)
  })
}

/** Tells whether a step from 1 with gradient 2 and no means ends at `1 - ½·1/(2 + 1)`, with mean 1 and variance 4. */
const isRight = (backend: Operations): boolean => {
  try {
    const made = scope(() => {
      const [param, grad, mean, variance] = [tensor1d([1]), tensor1d([2]), tensor1d([0]), tensor1d([0])]
      const attrs = { rate: 0.5, beta1: 0.5, beta2: 0, epsilon: 1 }
      return adamStep(backend, { inputs: { param, grad, mean, variance }, attrs })
    })
    const found = made.map((value) => value.dataSync()[0] ?? NaN)
    for (const value of made) value.dispose()
    return [5 / 6, 1, 4].every((wanted, i) => Math.abs((found[i] ?? NaN) - wanted) < 1e-6)
  } catch {
    return false
  }
}

/**
 * Gives the native backend a kernel for the step of Adam.
 *
 * Without it, or where a trial step of it fails or is wrong, the step is composed of other operations.
 */
export const registerNativeAdam = (backend: unknown): void => {
  if ((getKernel(kernelName, backendName) as unknown) !== undefined || !isRight(backend as Operations)) return
  const kernelFunc = ((call: Call) => adamStep(backend as Operations, call)) as unknown as KernelFunc
  registerKernel({ kernelName, backendName, kernelFunc })
}
