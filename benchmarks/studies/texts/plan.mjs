/** The plan of the study of texts, and what of it was cut before any result was seen. */

/** The draws of labels. */
export const seeds = [0, 1, 2, 3, 4]

/** The most tokens of a tweet that are read. */
export const tokens = 48

/** Tweets of each mood: 70 % to draw labels from, 30 % to test on. */
export const each = 500

/** The method that is judged, named before the first cell. */
export const judged = 'ptu'

/** Cheap methods first, so that a study that is stopped has whole rows. */
export const cells = [
  ...[5, 10, 20, 50].flatMap((shots) => ['probe', 'setfit'].map((method) => ({ shots, method }))),
  ...['fine-tune-all', 'ptu', 'lp-ft', 'layer-wise', 'lora-qv', 'ptu-fixed'].map((method) => ({ shots: 10, method })),
  ...[5, 20, 50].flatMap((shots) => ['fine-tune-all', 'ptu', 'lp-ft'].map((method) => ({ shots, method }))),
]

/** The parts of the protocol that this plan leaves out, decided before the first cell ran, for want of time. */
export const cut = [
  'the searches (`share`, `fine-tune`, `freeze`, and so `any*`): a training of one layer takes about 45 s of CPU, a search 7 to 13 of them',
  '`layer-wise`, `lora-qv` and the control `ptu-fixed` at 5, 20 and 50 labels',
  'a second source network and a second data set',
]
