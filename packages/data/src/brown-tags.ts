/**
 * The 12 universal parts of speech.
 *
 * References:
 *   Petrov, Das & McDonald, "A universal part-of-speech tagset", LREC 2012, §2, https://arxiv.org/abs/1104.2086
 */
export const universalTags: readonly string[] = [
  '.',
  'ADJ',
  'ADP',
  'ADV',
  'CONJ',
  'DET',
  'NOUN',
  'NUM',
  'PRON',
  'PRT',
  'VERB',
  'X',
]

/**
 * Brown's tags without their marks, by universal tag.
 *
 * | tag    | of Brown                                                                                              |
 * | ------ | ----------------------------------------------------------------------------------------------------- |
 * | `.`    | punctuation: `.` `,` `:` `--` `(` `)` and quotation marks                                              |
 * | `ADJ`  | `jj` and its degrees, ordinals `od`, post-determiners `ap` (many, other)                               |
 * | `ADP`  | prepositions `in`, subordinating conjunctions `cs`                                                     |
 * | `ADV`  | `rb`, `rn`, `wrb`, qualifiers `ql`, the negation `*`                                                   |
 * | `CONJ` | coordinating conjunctions `cc`                                                                         |
 * | `DET`  | articles `at`, determiners `dt`, pre-determiners `abl` `abn` `abx`, possessives `pp$` `wp$`, `wdt`     |
 * | `NOUN` | `nn`, names `np`, adverbial nouns `nr` (home, Monday), nominal pronouns `pn` (nobody)                  |
 * | `NUM`  | cardinals `cd`                                                                                         |
 * | `PRON` | personal `pp…`, `wpo`, `wps`, the possessive `pp$$` (mine), existential `ex` (there)                   |
 * | `PRT`  | particles `rp`, infinitival `to`, interjections `uh`                                                   |
 * | `VERB` | `vb`, `be`, `do`, `hv` and their forms, modals `md`                                                    |
 * | `X`    | foreign words `fw-…`, `nil`, and what is no tag of Brown's: slips of the file                          |
 */
const byUniversal: Readonly<Record<string, string>> = {
  '.': ". , : -- ( ) ' '' ``",
  ADJ: 'jj jjr jjs jjt jj$ od ap ap$',
  ADP: 'in cs',
  ADV: 'rb rbr rbt rb$ rn wrb wql ql qlp *',
  CONJ: 'cc',
  DET: 'at dt dti dts dtx dt$ abl abn abx pp$ wp$ wdt',
  NOUN: 'nn nns nn$ nns$ np nps np$ nps$ nr nrs nr$ pn pn$',
  NUM: 'cd cd$',
  PRON: 'ppl ppls ppo pps ppss pp$$ wpo wps ex',
  PRT: 'rp to uh',
  VERB: 'vb vbd vbg vbn vbz be bed bedz beg bem ben ber bez do dod doz hv hvd hvg hvn hvz md',
}

const universalOf: ReadonlyMap<string, string> = new Map(
  Object.entries(byUniversal).flatMap(([universal, tags]) => tags.split(' ').map((tag) => [tag, universal] as const)),
)

/**
 * The universal tag of a raw tag of the Brown corpus.
 *
 * Marks go first: `-hl`, `-tl` and `-nc` behind (headline, title, cited word), `*` of a negated verb (`isn't` is `bez*`). A
 * contraction has the tag of its first part: `ppss+bem` (I'm) is `PRON`. `fw-` before makes it a foreign word.
 *
 * @example
 * ```ts
 * expect(['np-tl', 'md*', 'pps+bez', '*', 'fw-nn-tl'].map(universalTag)).toEqual(['NOUN', 'VERB', 'PRON', 'ADV', 'X'])
 * ```
 */
export const universalTag = (raw: string): string => {
  const [first = ''] = raw.toLowerCase().split('+')
  const plain = first.replace(/(?<=.)(-(hl|tl|nc))+$/, '')
  return universalOf.get(plain) ?? universalOf.get(plain.replace(/(?<=.)\*$/, '')) ?? 'X'
}
