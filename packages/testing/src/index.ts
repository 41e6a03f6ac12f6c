export { firstDifference, numbersOf, toBeAllClose, type Numbers, type Tolerance } from './matchers.ts'
