export type { Optimizer, Schedule, Updated } from './optimizer.ts'
