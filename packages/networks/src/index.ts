export type { Body, NamedLayer, OpenBlock, SourceBlock, SourceNetwork } from './source.ts'
