import { foldIn, permutation, type Key } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'

import type { Classify } from './classifier.ts'
import type { HeatMap, LeaningPicture, PhotoLeaning } from './explanation.ts'
import { occlusionPasses, withCovered, type HeatMapper } from './heat-map.ts'
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

/** The number of other places where the same shape is covered, for comparison. */
const elsewhere = 3

/** The passes that {@link pictureLeaning} takes for each picture. */
export const passesEach = (side: number): number => occlusionPasses(side) + 2 + elsewhere

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

/** The parts of pictures that a classifier leans on, and the pictures. */
export interface LeaningFound {
  readonly leaning: PhotoLeaning
  /** The pictures, in the order in which they are listed. */
  readonly shown: Dataset
}

/** Tells what a classifier leans on in a few pictures, and checks it by covering the fifth it leans on most. */
export const pictureLeaning = async (key: Key, classify: Classify, request: PictureRequest): Promise<LeaningFound> => {
  const { examples, side, count } = request
  const places = drawnEvenly(key, examples, count)
  const [most, moved, edges]: [number[], number[], number[]] = [[], [], []]
  const pictures: LeaningPicture[] = []
  for (const place of places) {
    const picture = take(examples, [place])
    const taken = takenFor(request, place)
    const map = await request.mapper(classify, picture, taken.label)
    const [own, others] = await drops(foldIn(key, place), classify, picture, { map, label: taken.label })
    most.push(own)
    moved.push(others)
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
    ...{
      kind: 'pictures',
      method: `covering squares of a third of a side, on a grid of ${side} × ${side} cells,`,
      pictures,
    },
    ...{ most: measuredMean(most), elsewhere: measuredMean(moved) },
    difference: measuredMean(most.map((drop, i) => drop - (moved[i] as number))),
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

/** Cells moved together over the grid by an offset other than none; what leaves it on one side comes in on the other. */
const movedAlong = (key: Key, cells: readonly number[], { rows, columns }: HeatMap): readonly number[] => {
  const offset = permutation(key, rows * columns).find((place) => place > 0) ?? 0
  return cells.map((cell) => {
    const row = (Math.floor(cell / columns) + Math.floor(offset / columns)) % rows
    return row * columns + ((cell + offset) % columns)
  })
}

/** The drop of probability where the fifth with the largest values is covered, and where the same shape elsewhere is. */
const drops = async (
  key: Key,
  classify: Classify,
  picture: Dataset,
  { map, label }: { readonly map: HeatMap; readonly label: number },
): Promise<readonly [number, number]> => {
  const ranked = Array.from(map.values.keys()).toSorted((a, b) => (map.values[b] ?? 0) - (map.values[a] ?? 0))
  const fifth = ranked.slice(0, Math.ceil(map.values.length / 5))
  const others = Array.from({ length: elsewhere }, (_, i) => movedAlong(foldIn(key, i), fifth, map))
  const found = await classify(withCovered(picture, map.rows, [[], fifth, ...others]))
  const at = (copy: number): number => found[copy * picture.classes.length + label] ?? 0
  return [at(0) - at(1), at(0) - others.reduce((sum, _, i) => sum + at(2 + i), 0) / elsewhere]
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
