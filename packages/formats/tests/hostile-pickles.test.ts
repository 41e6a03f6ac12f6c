import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { listTensors } from '../src/index.ts'
import { archive, data, messageOf, pickle, tensorPickle, weights, word } from './torch-bytes.ts'

const os = 'cposix\nsystem\n(X\x07\0\0\0echo hitR.'

describe('a pickle', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['asks for a command', pickle(0x80, 2, os), 'asks for "posix.system", which no state_dict needs; nothing was run'],
    [
      'evaluates a text',
      pickle(0x80, 2, 'c__builtin__\neval\n(X', ...word(3), '1+1tR.'),
      'asks for "__builtin__.eval"',
    ],
    [
      'names a command by parts',
      pickle(0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, ')R.'),
      'asks for "os.system"',
    ],
    ['loads bytes as another pickle', pickle(0x80, 2, 'ctorch.storage\n_load_from_bytes\n(C', 1, '.tR.'), 'asks for "torch.storage._load_from_bytes"'], // prettier-ignore
    ['makes an object of a class', pickle(0x80, 2, 'csubprocess\nPopen\n)', 0x81, '.'), 'asks for "subprocess.Popen"'],
    ['uses an opcode of old protocols', pickle('(i__main__\nNet\n.'), 'the opcode 0x69 that none needs'],
    ['sets attributes of a name', pickle(0x80, 2, 'cos\nsystem\n}b.'), 'attributes are set of os.system'],
    ['does not end', pickle(0x80, 2, '}'), 'it does not end'],
    ['claims a text of 4 GB', pickle(0x80, 2, 'X', 255, 255, 255, 255, 'a'), 'it ends within 4294967295 bytes'],
    [
      'claims a text of 2⁶³ bytes',
      pickle(0x80, 4, 0x8d, 0, 0, 0, 0, 0, 0, 0, 128, 'a'),
      'it claims 9223372036854776000',
    ],
    ['takes more than there is', pickle(0x80, 2, '}s.'), 'a value is missing'],
    ['reaches below a mark', pickle(0x80, 2, '}NN(s.'), 'a value is missing'],
    ['ends a mark that was not set', pickle(0x80, 2, '}u.'), 'a mark is missing'],
    ['recalls what was not kept', pickle(0x80, 2, 'h', 3, '.'), 'a value is recalled that was not kept'],
    ['calls a text', pickle(0x80, 2, 'X', ...word(1), 'a)R.'), '"a" is called with a tuple'],
    ['sets items of a list', pickle(0x80, 2, ']NNs.'), 'items are set in a list'],
    ['has a text that is not UTF-8', pickle(0x80, 2, 'X', ...word(1), 0xff, '.'), 'a text is not UTF-8'],
  ])('that %s is refused', (_what, bytes, message) => {
    expect(messageOf(archive(data(bytes)))).toContain(message)
  })

  it('is read in time and memory that grow with its bytes, however deep it is or often it recalls', () => {
    const nested = pickle(0x80, 2, ']'.repeat(200_000), 'a'.repeat(199_999), '.')
    expect(messageOf(archive(data(nested)))).toContain('a dictionary of tensors, got a list')
    // Each list holds the one before ten times: 10⁴⁰ values for who would copy them.
    const doubling = Array.from({ length: 40 }, (_, i) => [']q', i + 1, '(', ...Array.from({ length: 10 }, () => ['h', i]).flat(), 'e']) // prettier-ignore
    const bomb = pickle(0x80, 2, ']q', 0, ...doubling.flat(), '.')
    expect(messageOf(archive(data(bomb)))).toContain('a dictionary of tensors, got a list')
    expect(messageOf(archive(data(pickle(0x80, 2, ']'.repeat(2 ** 22), '.'))))).toContain('more than 4194304 steps')
  })

  it.each<readonly [string, Uint8Array, string]>([
    ['texts of Python 2', pickle(0x80, 2, '}U', 1, 'aNs.'), 'a dictionary of "a"'],
    ['integers of any length, signed', pickle(0x80, 2, '}', 0x8a, 2, 0xfe, 0xff, 'Ns.'), 'a dictionary of "-2"'],
  ])('may hold %s', (_what, bytes, message) => {
    expect(messageOf(archive(data(bytes)))).toContain(message)
  })

  it('that holds itself is read', () => {
    expect(messageOf(archive(data(pickle(0x80, 2, '}q', 0, 'X', ...word(1), 'ah', 0, 's.'))))).toContain(
      'a dictionary of "a"',
    )
  })
})

describe('a tensor', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['within its storage', weights(6, tensorPickle(6, 1, [2, 2], [3, 1])), 'read'],
    [
      'beyond its storage',
      weights(6, tensorPickle(6, 2, [2, 2], [3, 1])),
      'inside its storage of 6 numbers, it reaches number 6',
    ],
    ['that begins before its storage', weights(6, tensorPickle(6, 2 ** 32 - 1, [2], [1])), 'the offset of a tensor to be an integer from 0, got -1'], // prettier-ignore
    ['of a negative size', weights(6, tensorPickle(6, 0, [2 ** 32 - 2], [1])), 'the size of a tensor to be up to 8 integers from 0'], // prettier-ignore
    ['of a negative stride', weights(6, tensorPickle(6, 5, [2], [2 ** 32 - 1])), 'the stride of a tensor to be up to 8 integers from 0'], // prettier-ignore
    ['of more axes than strides', weights(6, tensorPickle(6, 0, [2, 2], [1])), 'a stride for each of the 2 axes'],
    ['of 2⁶⁰ numbers in one', weights(1, tensorPickle(1, 0, [2 ** 30, 2 ** 30], [0, 0])), 'read'],
    ['in a storage of a negative size', weights(6, tensorPickle(2 ** 32 - 1, 0, [2], [1])), 'the size of a storage to be an integer from 0, got -1'], // prettier-ignore
    ['in a storage of more numbers than there are', weights(6, tensorPickle(7, 0, [2], [1])), 'to have 28 bytes, the file has 24'], // prettier-ignore
    [
      'in a storage that is not there',
      archive(data(tensorPickle(6, 0, [2], [1]))),
      'to have 24 bytes, the file has none',
    ],
  ])('%s', (_what, bytes, message) => {
    expect(messageOf(bytes)).toContain(message)
  })

  it('that repeats one number 2⁶⁰ times is listed and not made', () => {
    const file = listTensors({ name: 'x', bytes: weights(1, tensorPickle(1, 0, [2 ** 30, 2 ** 30], [0, 0])) })
    expect(E.isRight(file) && file.right.tensors[0]?.refused).toContain('it repeats its numbers')
  })
})
