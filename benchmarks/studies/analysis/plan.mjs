/**
 * The plan of the study of what transferred models depend on, written before the first cell was run.
 *
 * A cell is a source, a strategy, a draw of labels, and a training that is plain or resistant to corruption.
 */

/** The sources, the cheapest first. `tested` examples of the test part are looked at, `shifted` of them under shifts. */
export const sources = [
  {
    name: 'digits',
    title: 'a LeNet trained on the digits 0 to 4 of MNIST, to the digits 5 to 9',
    spec: { kind: 'trained', data: 'mnist:0-4', body: 'lenet', epochs: 2, seed: 40 },
    target: () => 'mnist:5-9',
    ...{ shots: 10, tested: 1000, shifted: 100 },
  },
  {
    name: 'stamps',
    title: 'MobileNetV2 of ImageNet at 96×96, its last 4 blocks, to six classes of Tux Paint stamps',
    spec: { kind: 'opened', path: 'mobilenet_v2-b0353104.pth' },
    target: (stamps) => `images:${stamps}`,
    ...{ shots: 10, tested: 1000, shifted: 100 },
  },
]

/** Four strategies; each trains once at the rate that fits its source, nothing is searched. */
export const strategies = ['share-all', 'fine-tune-all', 'ptu', 'scratch']

/** The strategies that are also trained to resist corruption. */
export const resistant = ['fine-tune-all', 'ptu']

/** Draws of labels on which nothing was chosen. */
export const draws = [501, 502, 503, 504, 505]

/** Draws by which the norm of resistant training is chosen, judged by a part of the training data that is not tested on. */
export const development = { source: 'digits', draws: [11, 12], strategies: ['fine-tune-all', 'ptu'], judged: 1000 } // prettier-ignore

/** The norms of resistant training that are compared, in units of the norm of the parameters that learn. */
export const norms = [0.02, 0.05, 0.1]

/** The most accuracy that resistant training may cost on the development draws. */
export const mostLost = 0.003

/** The norm of the block by block corruption, that of a block's parameters being 1, and its random corruptions. */
export const blockwise = { epsilon: 0.02, random: 3, examples: 128 }

/** The norms of attacks on all parameters at once, of three steps each. */
export const attacks = [0.05, 0.1]

/** The severities of shifts. */
export const severities = [3]

/** The examples and nodes of conductance, and the examples of CKA. */
export const looked = { conductance: 8, nodes: 20, cka: 128 }

/** The residual of conductance where ReLU6 switches: blocks of MobileNetV2 as published, the crops of a photo, the class of it. */
export const missed = {
  ...{ file: 'mobilenet_v2-b0353104.pth', photo: 'chelsea.png', side: 96, crops: 8, target: 285 },
  ...{ blocks: ['features.6', 'features.13', 'features.17'], nodes: [20, 50, 100, 200] },
}

/** Statements of what was left out before anything was looked at, for time. */
export const cut = [
  'one source network of digits and one pretrained network; draws of labels vary, sources do not',
  '10 labels per class alone',
  'resistant training of `fine-tune-all` and `ptu` alone: the others learn the head alone, or nothing of the source',
  'two development draws for the norm of resistant training',
  'strategies that search nothing, at the rate that fits the source; no linear probe and no LP-FT',
  'severity 3 of 5; 100 examples under each shift',
  'no cut-outs on backgrounds and no amplitude-phase recombination',
  'channel by channel, vulnerability is the first-order indicator; block by block the loss is measured',
  'the norm of resistant training is chosen on digits and taken over for stamps',
]
