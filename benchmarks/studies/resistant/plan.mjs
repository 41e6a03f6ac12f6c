/**
 * The plan of the study of corruption-resistant training, written before the first cell of the fresh draws.
 *
 * A cell is a source, a strategy, a draw of labels and a way of training. What was looked at before: trainings on draw 11 of
 * digits, and one on draw 12, of the development part. `emoji-small` was added when all cells of the first two sources were
 * there and 5 % was seen to ruin the network of emoji: smaller corruptions, a development draw and fresh draws of its own.
 * `emoji-layer` was added when its development draw and seven of its fresh cells had shown the same: every layer is corrupted
 * within its own norm, on draws of its own.
 */

/** The ways to train: the norm of the corruptions as a part of the length of the parameters that are moved together. */
const ways = {
  plain: { epsilon: 0 },
  'network-5': { epsilon: 0.05, groups: 'network' },
  'layer-5': { epsilon: 0.05, groups: 'layer' },
}
const smallWays = {
  plain: { epsilon: 0 },
  'network-0.2': { epsilon: 0.002, groups: 'network' },
  'network-0.5': { epsilon: 0.005, groups: 'network' },
  'network-1': { epsilon: 0.01, groups: 'network' },
}
const layerWays = {
  plain: { epsilon: 0 },
  'layer-0.5': { epsilon: 0.005, groups: 'layer' },
  'layer-1': { epsilon: 0.01, groups: 'layer' },
  'layer-2': { epsilon: 0.02, groups: 'layer' },
}

/** The attacks, of three steps: what is moved together, and the norm as a part of its length. The first one decides. */
const attacks = [
  { name: 'all, 5 %', groups: 'network', epsilon: 0.05 },
  { name: 'all, 2 %', groups: 'network', epsilon: 0.02 },
  { name: 'each block, 5 %', groups: 'block', epsilon: 0.05 },
]
const smallAttacks = [
  { name: 'all, 0.5 %', groups: 'network', epsilon: 0.005 },
  { name: 'all, 0.2 %', groups: 'network', epsilon: 0.002 },
  { name: 'each block, 0.5 %', groups: 'block', epsilon: 0.005 },
]
const layerAttacks = [
  { name: 'each layer, 1 %', groups: 'layer', epsilon: 0.01 },
  { name: 'each layer, 0.5 %', groups: 'layer', epsilon: 0.005 },
  { name: 'each layer, 2 %', groups: 'layer', epsilon: 0.02 },
]

/** Draws by which a way is chosen, judged by a part of the training data that is not tested on; and draws on which nothing was chosen. */
const draws = { development: [11], fresh: [601, 602, 603, 604, 605, 606, 607, 608, 609, 610] }
const emoji = {
  title: 'MobileNetV2 of ImageNet at 96×96, its last 2 blocks learn, to the nine groups of Google’s emoji',
  spec: { kind: 'opened', path: 'mobilenet_v2-b0353104.pth', freeze: 17 },
  target: 'colour-emoji',
  ...{ shots: 30, judged: 500, attacked: 500, seen: 256 },
}

/** The sources. `tested` examples of the test part are looked at, `attacked` of them under attacks, found by `seen` of these. */
export const sources = [
  {
    name: 'digits',
    title: 'a LeNet trained on the digits 0 to 4 of MNIST, to the digits 5 to 9; all its blocks learn',
    spec: { kind: 'trained', data: 'mnist:0-4', body: 'lenet', epochs: 2, seed: 40 },
    target: 'mnist:5-9',
    ...{ shots: 100, judged: 5000, attacked: 1000, seen: 512 },
    ...{ ways, attacks, draws },
  },
  { ...emoji, name: 'emoji', ways, attacks, draws },
  {
    ...{ ...emoji, name: 'emoji-small', ways: smallWays, attacks: smallAttacks },
    draws: { development: [12], fresh: [701, 702, 703, 704, 705] },
  },
  {
    ...{ ...emoji, name: 'emoji-layer', ways: layerWays, attacks: layerAttacks },
    draws: { development: [13], fresh: [801, 802, 803, 804, 805] },
  },
]

/** The strategies: those whose blocks all learn. */
export const strategies = ['fine-tune-all', 'ptu']

/** The most accuracy that resistant training may cost. */
export const mostLost = 0.003

/** Statements of what was left out before any cell of the fresh draws was run, for time. */
export const cut = [
  'one source network of digits and one pretrained network; draws of labels vary, sources do not',
  'one development draw for the choice between two ways',
  'two strategies: the others learn the head alone, or nothing of the source',
  'corruptions of the 2-norm in one step, weighed by half; no search over sizes, weights, norms of other orders or the number of steps',
  'both trainings take the steps that fit the source: a resistant one costs twice the gradients',
]
