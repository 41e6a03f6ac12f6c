export { describeOnBackends, type SuiteOptions, type TestedBackend } from './backends.ts'
export { chromiumPath, hasChromium } from './chromium.ts'
export { reportFromPage, type Respond } from './page-server.ts'
export { fetched, type Values } from './fetched.ts'
export {
  layerFixtures,
  lossFixtures,
  readFixture,
  tensorsOf,
  type LayerFixture,
  type LossFixture,
  type Manifest,
  type Stored,
  type StoredTree,
} from './fixtures.ts'
export { gradientCheck, type GradientCheckOptions } from './gradient-check.ts'
export { tensorsLeakedBy } from './leaks.ts'
export { firstDifference, numbersOf, toBeAllClose, type Numbers, type Tolerance } from './matchers.ts'
