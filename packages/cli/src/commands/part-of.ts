import { describe, refuse, struct, type Decoder, type Decodes, type Fields } from '@ptu/config'
import { isRecord } from '@ptu/core'

/** Decodes the fields that are named and leaves the others alone. */
export const partOf =
  <F extends Fields>(fields: F): Decoder<Decodes<F>> =>
  (input, path) =>
    isRecord(input)
      ? struct(fields)(Object.fromEntries(Object.keys(fields).map((name) => [name, input[name]])), path)
      : refuse(path, `expected an object, got ${describe(input)}`)
