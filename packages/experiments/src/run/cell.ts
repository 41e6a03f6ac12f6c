import { canonical, sha256, type Json } from '@ptu/core'

import { builtInMethods } from '../methods/built-in.ts'
import { decisionRecord } from '../tasks/score-outputs.ts'
import type { Comparison } from './comparison.ts'
import type { Job } from './job.ts'
import type { RunRecord } from './store.ts'

/** The code that numbers depend on. */
export interface CodeVersion {
  readonly ptu: string
  readonly tfjs: string
  /** The SHA-256 of each module with methods of users. */
  readonly modules: readonly string[]
}

/** The parts of a comparison that numbers depend on, before a method and a seed are named. */
export type GridParts = Omit<Comparison, 'record' | 'views'>

/**
 * Everything that the numbers of every cell of a grid depend on: data, source network, settings, backend and versions, by
 * digest. Seeds and methods are not in it, so that a grid that grows keeps its cells.
 */
export const gridQuestion = (parts: GridParts, backend: string, { ptu, tfjs }: CodeVersion): RunRecord => {
  const { prefix, network, target, sourceData, measured, ...settings } = parts
  const { shots, rescales, rates, rate, zeroHead, steps, batch } = settings
  return {
    source: network.digest,
    frozen: prefix?.digest ?? null,
    'source data': sourceData,
    'target data': target.digest,
    ...{ shots, rescales, rates, rate, zeroHead, steps, batch },
    ...decisionRecord(target.train),
    ...(measured !== undefined && { measures: measured.map(({ measure }) => measure) }),
    ...{ backend, ptu, tfjs },
  }
}

/** A run of one method on one draw of labels, named by what its numbers depend on. */
export interface Cell {
  /** The SHA-256 of `question`, as 64 hexadecimal digits: equal for equal questions on all machines. */
  readonly key: string
  readonly question: RunRecord
}

/** Tells whether a method comes with this package, so that it needs no module. */
export const isBuiltIn = (method: string): boolean => builtInMethods.some(({ name }) => name === method)

/**
 * The cell of a job in a grid.
 *
 * A method of a user counts with the modules that were loaded; a built-in one has none, so it has the same cell beside
 * any modules.
 */
export const cellOf = async (grid: RunRecord, { seed, method, held }: Job, code: CodeVersion): Promise<Cell> => {
  const setting = held === undefined ? null : { depth: held.depth, rate: held.rate }
  const question = { ...grid, seed, method, held: setting, modules: isBuiltIn(method) ? [] : code.modules }
  return { key: await sha256(canonical(question)), question }
}

/** Names for people: of the source and the target. They are no part of the question. */
export interface CellNames {
  readonly source: string
  readonly target: string
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

/** The names of a run's record. */
export const namesIn = ({ source, target }: RunRecord): CellNames => {
  const { data, path } = (typeof source === 'object' && source !== null ? source : {}) as Readonly<Record<string, Json>>
  return { source: text(data ?? path ?? source), target: text(target) }
}

/** The name of the backend in a run's record. */
export const backendIn = ({ backend }: RunRecord): string => text(backend)
