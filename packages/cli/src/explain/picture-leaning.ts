import { foldIn, permutation, type Key } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'

import type { Classify } from './classifier.ts'
import type { HeatMap, LeaningPicture, PhotoLeaning } from './explanation.ts'
import { withCovered, type HeatMapper } from './heat-map.ts'
import { measuredMean } from './measured.ts'

/** The pictures to look at, and how. */
export interface PictureRequest {
  readonly examples: Dataset
  readonly names: readonly string[]
  /** The probabilities of the examples as they are. */
  readonly probabilities: Float32Array
  readonly mapper: HeatMapper
  /** The cells along a side of the grid. */
  readonly side: number
  /** The number of pictures. */
  readonly count: number
}

/** The random fifths that are covered, for comparison. */
const randomFifths = 3

/** The passes that {@link pictureLeaning} takes for each picture. */
export const passesEach = (side: number): number => side * side + 2 + randomFifths

/** Places of examples, class by class in turn, drawn at random within each. */
const drawnEvenly = (key: Key, { labels, classes }: Dataset, count: number): readonly number[] => {
  const order = permutation(key, labels.length)
  const turn = classes.map(() => 0)
  const ranked = Array.from(order, (place) => {
    const label = labels[place] as number
    const own = turn[label] ?? 0
    turn[label] = own + 1
    return { place, own, label }
  })
  return ranked
    .toSorted((a, b) => a.own - b.own || a.label - b.label)
    .slice(0, count)
    .map(({ place }) => place)
}

/** What a classifier leans on in pictures, and the pictures. */
export interface LeaningFound {
  readonly leaning: PhotoLeaning
  /** The pictures, in the order in which they are listed. */
  readonly shown: Dataset
}

/** Tells what a classifier leans on in a few pictures, and checks it by covering the fifth it leans on most. */
export const pictureLeaning = async (key: Key, classify: Classify, request: PictureRequest): Promise<LeaningFound> => {
  const { examples, side, count } = request
  const places = drawnEvenly(key, examples, count)
  const [most, random, edges]: [number[], number[], number[]] = [[], [], []]
  const pictures: LeaningPicture[] = []
  for (const place of places) {
    const picture = take(examples, [place])
    const taken = takenFor(request, place)
    const map = await request.mapper(classify, picture, taken.label)
    const [own, others] = await drops(foldIn(key, place), classify, picture, { map, label: taken.label })
    most.push(own)
    random.push(others)
    const edge = edgePart(map)
    if (edge !== undefined) edges.push(edge)
    pictures.push({
      ...{
        name: request.names[place] ?? `picture ${place + 1}`,
        given: examples.classes[examples.labels[place] ?? 0] ?? '',
      },
      ...{ taken: examples.classes[taken.label] ?? '', confidence: taken.confidence, map },
    })
  }
  const leaning: PhotoLeaning = {
    ...{ kind: 'pictures', method: `covering ${side} × ${side} cells one by one`, pictures },
    ...{ most: measuredMean(most), random: measuredMean(random) },
    difference: measuredMean(most.map((drop, i) => drop - (random[i] as number))),
    edge: {
      ...(edges.length === 0 ? { value: 0, interval: null } : measuredMean(edges, { least: 0 })),
      area: ringArea(side),
    },
  }
  return { leaning, shown: take(examples, places) }
}

const takenFor = ({ probabilities, examples: { classes } }: PictureRequest, place: number) => {
  const row = probabilities.subarray(place * classes.length, (place + 1) * classes.length)
  const confidence = row.reduce((a, b) => Math.max(a, b))
  return { label: row.indexOf(confidence), confidence }
}

/** The drop of probability where the fifth with the largest values is covered, and where a random fifth is. */
const drops = async (
  key: Key,
  classify: Classify,
  picture: Dataset,
  { map, label }: { readonly map: HeatMap; readonly label: number },
): Promise<readonly [number, number]> => {
  const cells = map.values.length
  const fifth = Math.ceil(cells / 5)
  const ranked = Array.from(map.values.keys()).toSorted((a, b) => (map.values[b] ?? 0) - (map.values[a] ?? 0))
  const fifths = Array.from({ length: randomFifths }, (_, i) => [...permutation(foldIn(key, i), cells).slice(0, fifth)])
  const found = await classify(withCovered(picture, map.rows, [[], ranked.slice(0, fifth), ...fifths]))
  const at = (copy: number): number => found[copy * picture.classes.length + label] ?? 0
  const others = fifths.reduce((sum, _, i) => sum + at(2 + i), 0) / randomFifths
  return [at(0) - at(1), at(0) - others]
}

const isEdge = (cell: number, { rows, columns }: Pick<HeatMap, 'rows' | 'columns'>): boolean => {
  const [row, column] = [Math.floor(cell / columns), cell % columns]
  return row === 0 || column === 0 || row === rows - 1 || column === columns - 1
}

const ringArea = (side: number): number => 1 - Math.max(0, side - 2) ** 2 / side ** 2

/** The part of the positive values that lies in the outer ring of cells; undefined where there are none. */
const edgePart = (map: HeatMap): number | undefined => {
  let [ring, all] = [0, 0]
  map.values.forEach((value, cell) => {
    all += Math.max(0, value)
    if (isEdge(cell, map)) ring += Math.max(0, value)
  })
  return all > 0 ? ring / all : undefined
}
