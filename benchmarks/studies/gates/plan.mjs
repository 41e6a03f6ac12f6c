/**
 * The plan of the study of gates, written before the first run on the seeds that it is confirmed on.
 *
 * Three groups of pairs of a source and a target, and pretrained networks as a fourth. `rule` of a source says what is done
 * to it after its training.
 */

/** The seed that the margin is chosen on, with source networks of its own. */
export const development = [11]

/** Seeds that nothing was chosen on. A new one is added at the end, never taken out. */
export const fresh = [101, 102, 103]

/** The seed of the source network of a seed: two networks for the fresh ones, others for development. */
export const sourceSeedOf = (seed) => (development.includes(seed) ? 20 : 30) + (seed % 2)

const small = [2, 10, 50]
const few = [2, 10, 20]

const trained = (data, body = 'lenet', rule = 'none', epochs = 4) => ({ kind: 'damaged', data, body, epochs, rule })
const opened = (file) => ({ kind: 'opened', file })

/** The pairs. `data` are names of the data sets of `data.mjs`; a target of its own test part has 30 % of each class in it. */
export const pairs = [
  { name: 'digits-lenet', group: 'ordinary', source: trained('digits-0-4'), target: 'test-digits-5-9', shots: small },
  { name: 'digits-resnet', group: 'ordinary', source: trained('small-digits-0-4', 'resnet'), target: 'test-small-digits-5-9', shots: small },
  { name: 'digits-rows', group: 'ordinary', source: trained('digits-0-4', 'rows'), target: 'test-digits-5-9', shots: small },
  { name: 'emoji-digits', group: 'ordinary', source: trained('emoji', 'lenet', 'none', 20), target: 'test-digits', shots: small },
  { name: 'digits-emoji', group: 'ordinary', source: trained('digits'), target: 'emoji', shots: small },
  { name: 'same-classes', group: 'related', source: trained('digits'), target: 'test-digits', shots: small },
  { name: 'same-shifted', group: 'related', source: trained('digits'), target: 'shifted-digits', shots: small },
  { name: 'random-labels', group: 'hostile', source: trained('random-labels'), target: 'test-digits-5-9', shots: small },
  { name: 'lower-redrawn', group: 'hostile', source: trained('digits-0-4', 'lenet', 'lower'), target: 'test-digits-5-9', shots: small },
  { name: 'upper-redrawn', group: 'hostile', source: trained('digits-0-4', 'lenet', 'upper'), target: 'test-digits-5-9', shots: small },
  { name: 'dead-channels', group: 'hostile', source: trained('digits-0-4', 'lenet', 'dead'), target: 'test-digits-5-9', shots: small },
  { name: 'mobilenet-stamps', group: 'pretrained', source: opened('mobilenet_v2-b0353104.pth'), target: 'stamps', shots: few },
  { name: 'mobilenet-emoji', group: 'pretrained', source: opened('mobilenet_v2-b0353104.pth'), target: 'colour-emoji', shots: few },
  { name: 'efficientnet-stamps', group: 'pretrained', source: opened('efficientnet-lite0-57934424.pth'), target: 'stamps', shots: few },
  { name: 'efficientnet-emoji', group: 'pretrained', source: opened('efficientnet-lite0-57934424.pth'), target: 'colour-emoji', shots: few },
] // prettier-ignore

export const groups = {
  ordinary: 'the target has other classes',
  related: 'the target has the classes of the source',
  hostile: 'the source is damaged or knows nothing',
  pretrained: 'networks of ImageNet, the last 4 blocks learn',
}

/** The constants: openness of the update gate, with f = 1, and a random start of everything, u = 1 with f = 0. */
export const constants = { 'share-all': 'u = 0', 'u-50': 'u = .5', 'u-75': 'u = .75', 'fine-tune-all': 'u = 1', random: 'f = 0' } // prettier-ignore

/** The methods of every cell; none searches. */
export const recipes = [...Object.keys(constants), 'ptu', 'always', 'probe', 'lp-ft']

/**
 * The methods of a development cell. The two rules are not run: each is `always`, `share-all`, `random` or `u-75`, bit for bit.
 * So every margin can be read from one cell.
 */
export const developing = ['share-all', 'u-75', 'random', 'always']

/** The tuned baselines; `any` is what validation prefers among them. */
export const searches = ['scratch', 'share', 'fine-tune', 'freeze']

/** Tells whether the tuned baselines are run in a cell: where validation has two examples of each class, and time allows. */
export const isSearched = ({ group }, shots) => shots === 10 && group !== 'pretrained'

/** The stated comparisons of `ptu-evidence`, whose p are corrected together by Holm's method. */
export const references = ['u-75', 'share-all', 'u-50', 'fine-tune-all', 'ptu', 'any', 'fine-tune', 'probe', 'lp-ft']

/** The margins that are compared: of the marginal likelihood in nats per class column, of leave-one-out in nats of all examples. */
export const margins = { likelihood: [0, 1, 2, 3, 5, 8, 12, 20], leaveOneOut: [0, 1, 2, 3, 5, 8] }

/**
 * The margins of both rules: of the marginal likelihood, chosen elsewhere on pretrained networks, and of leave-one-out. On the
 * development cells 3 to 8 nats give the same for leave-one-out, less acts wrongly at 2 shots.
 */
export const chosen = { likelihood: 5, leaveOneOut: 5 }

/** Statements of what was left out before anything was looked at, for time: two cores, two hours of one of them. */
export const cut = [
  'sources of digits learn from 20,000 of them',
  'no Fashion-MNIST and no Kuzushiji: no package of this repository ships them; small grey emoji take their place',
  'the ResNet reads digits of 14×14 pixels: at 28×28 its cells would take half of all time',
  'shots 2, 10 and 50 (20 for pretrained networks, whose smallest class has 24 labels) in place of 2, 5, 10, 50 and 200',
  'one development seed, on four pairs of the cheapest body',
  'three fresh seeds in place of five, and two source networks in each small pair',
  'tuned baselines, so any\\* and fine-tune\\*, at 10 shots of small networks alone',
  'no tagger and no text: the evidence is of one label per example, and no text encoder could be opened when this began',
] // prettier-ignore

/**
 * The parts of a cell: what searches nothing, and the tuned baselines. They are run apart, since a search takes twice the
 * time of all the others together.
 */
const once = (seed) => (development.includes(seed) ? developing : recipes)

/** The cells of some pairs at a seed, one place of the sizes after the other. */
const at = (seed, some, places) =>
  places.flatMap((place) =>
    some.map((pair) => ({ pair, shots: pair.shots[place], seed, part: 'recipes', methods: once(seed) })),
  )

/** The searches of a seed. */
const searchesAt = (seed) =>
  pairs.flatMap((pair) =>
    pair.shots
      .filter((shots) => isSearched(pair, shots))
      .map((shots) => ({ pair, shots, seed, part: 'searches', methods: searches })),
  )

/** Ten shots first, so that a part of a seed has all pairs at one size. */
const places = [1, 0, 2]

/** The pairs of the development seed, of the body that is cheap to train. */
const developed = pairs.filter(({ name }) =>
  ['digits-lenet', 'same-classes', 'random-labels', 'dead-channels'].includes(name),
)

/** The pairs by what they cost, the cheapest first. */
const stages = [
  pairs.filter(({ source }) => source.body === 'lenet'),
  pairs.filter(({ source }) => source.body !== undefined && source.body !== 'lenet'),
  pairs.filter(({ group }) => group === 'pretrained'),
]

/** All cells, in the order in which they are run: seed by seed, cheap pairs first, searches last. */
export const todo = [
  ...development.flatMap((seed) => at(seed, developed, [1, 2, 0])),
  ...fresh.flatMap((seed) => [...stages.flatMap((some) => at(seed, some, places)), ...searchesAt(seed)]),
]

/** The cells of a quick run, on a seed of its own. */
export const quick = at(
  201,
  pairs.filter(({ name }) => ['digits-lenet', 'same-classes', 'random-labels', 'dead-channels'].includes(name)),
  [0, 1],
)
