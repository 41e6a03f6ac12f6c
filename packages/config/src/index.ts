export {
  list,
  nullable,
  oneOrList,
  optional,
  refine,
  struct,
  withDefault,
  type Decodes,
  type Fields,
} from './combine.ts'
export { boolean, integer, literal, number, string, type Decoder, type Range, type TypeOf } from './decoder.ts'
export { ConfigError, describe, formatIssue, refuse, type Decoded, type Issue } from './issue.ts'
export { nearest, suggestion } from './nearest.ts'
export { decode, readConfig, readJson } from './read-config.ts'
