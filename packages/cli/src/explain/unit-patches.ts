import { channelSums, conductance, type LayerBlock } from '@ptu/analysis'
import { take, toTensors, type Dataset } from '@ptu/data'
import type { LoadedModel } from '@ptu/experiments'
import { disposeParams, scope, type Shape } from '@ptu/tensor'

import type { Missing } from './explanation.ts'
import type { ImportantUnits, UnitPatch } from './inside.ts'
import { measuredMean } from './measured.ts'
import { blocksOf, lastMap } from './model-blocks.ts'

/** The extent of the search for units. */
export interface UnitEffort {
  /** The most examples of a class whose conductance is taken. */
  readonly examples: number
  /** The nodes to begin with; they are doubled, up to the most, where an example misses more than `tolerance` of its change. */
  readonly nodes: number
  readonly mostNodes: number
  readonly tolerance: number
  /** The units that are shown of each class, and the patches of each unit. */
  readonly units: number
  readonly patches: number
  /** The most examples in which patches are looked for. */
  readonly searched: number
}

/** The examples, their names and what they are taken for. */
export interface UnitRequest {
  readonly model: LoadedModel
  readonly examples: Dataset
  readonly names: readonly string[]
  /** `[examples]`, the class that each is taken for. */
  readonly taken: readonly number[]
  readonly effort: UnitEffort
  /** Counts the passes. */
  readonly tell: (passes: number) => void
}

/** The units that were found, and the pixels of the patches in the order in which they are listed. */
export interface UnitsFound {
  readonly units: ImportantUnits | Missing
  readonly patches: readonly Dataset[]
}

/** Finds the units that carry most of each class, and the parts of pictures that excite them. */
export const importantUnits = async (request: UnitRequest): Promise<UnitsFound> => {
  const blocks = blocksOf(request.model)
  const map = blocks && lastMap(blocks, request.examples.shape)
  if (blocks === undefined || map === undefined)
    return { units: { why: 'no block of the model keeps the positions of a picture' }, patches: [] }
  const cut = { blocks, ...map }
  const found = await classesOf(request, cut)
  if (found.length === 0) return { units: { why: 'no picture is named right' }, patches: [] }
  const wanted = [...new Set(found.flatMap(({ units }) => units.map(({ unit }) => unit)))]
  const excited = await excitedPlaces(request, cut, wanted)
  const listed = found.map(({ integrals, ...one }) => ({
    ...{ name: one.name, examples: integrals.length },
    units: one.units.map((each) => ({ ...each, patches: excited.get(each.unit) ?? [] })),
  }))
  const integrals = found.flatMap((one) => one.integrals)
  const sorted = integrals.map(({ missed }) => missed).toSorted((a, b) => a - b)
  return {
    units: {
      ...{ block: blocks[map.place]?.name ?? '', channels: map.shape[2] ?? 1 },
      nodes: integrals.reduce((most, { nodes }) => Math.max(most, nodes), 0),
      ...{ missed: sorted[Math.floor(sorted.length / 2)] ?? 0, missedMost: sorted.at(-1) ?? 0, classes: listed },
    },
    patches: listed.flatMap(({ units }) =>
      units.flatMap(({ patches }) => patches.map((patch) => croppedTo(request.examples, patch))),
    ),
  }
}

/** The units of each class that has examples which are named right. */
const classesOf = async (request: UnitRequest, cut: MapCut) => {
  const found = []
  for (const [label, name] of request.examples.classes.entries()) {
    const own = await unitsOf(request, cut, label)
    if (own !== undefined) found.push({ name, ...own })
  }
  return found
}

/** A network with the place and the output shape of the block that is looked at. */
interface MapCut {
  readonly blocks: readonly LayerBlock[]
  readonly place: number
  readonly shape: Shape
}

/** The units that carry most of a class, and the part that conductance misses of each example; undefined without one. */
const unitsOf = async (
  { model, examples, taken, effort, tell }: UnitRequest,
  { blocks, place }: MapCut,
  label: number,
): Promise<
  | {
      readonly integrals: readonly { readonly missed: number; readonly nodes: number }[]
      readonly units: readonly { unit: number; share: ReturnType<typeof measuredMean> }[]
    }
  | undefined
> => {
  const places = [...taken.keys()].filter((i) => taken[i] === label && examples.labels[i] === label)
  const some = places.slice(0, effort.examples)
  if (some.length === 0) return undefined
  const { x, y } = toTensors(examples, model.facts.normalisation, some)
  const at = blocks[place]?.name ?? ''
  const { nodes, mostNodes, tolerance } = effort
  const found = await conductance(blocks, { at, x, target: label, nodes, mostNodes, tolerance }).finally(() => {
    disposeParams([x, y])
  })
  tell(found.nodes.reduce((sum, own) => sum + own + 2, 0))
  const { values, shape } = channelSums(found)
  const channels = shape[1] ?? 1
  const shares = some.map((_, i) => {
    const own = values.subarray(i * channels, (i + 1) * channels)
    const whole = own.reduce((sum, value) => sum + Math.abs(value), 0)
    return own.map((value) => (whole === 0 ? 0 : value / whole))
  })
  const units = Array.from({ length: channels }, (_, unit) => ({
    unit,
    share: measuredMean(shares.map((share) => share[unit] ?? 0)),
  }))
  return {
    integrals: found.residual.map((rest, i) => ({
      missed: Math.abs(rest / (found.change[i] ?? NaN)),
      nodes: found.nodes[i] ?? nodes,
    })),
    units: units.toSorted((a, b) => b.share.value - a.share.value).slice(0, effort.units),
  }
}

/** The examples that are computed at once. */
const together = 16

/** For each unit the places where it is largest, the largest first, each in another picture. */
const excitedPlaces = async (
  { model, examples, names, effort, tell }: UnitRequest,
  { blocks, place, shape: [height = 1, width = 1, channels = 1] }: MapCut,
  units: readonly number[],
): Promise<ReadonlyMap<number, readonly UnitPatch[]>> => {
  const count = Math.min(effort.searched, examples.labels.length)
  const best = new Map(units.map((unit): [number, { example: number; cell: number; value: number }[]] => [unit, []]))
  for (let from = 0; from < count; from += together) {
    const places = Array.from({ length: Math.min(together, count - from) }, (_, i) => from + i)
    const { x, y } = toTensors(examples, model.facts.normalisation, places)
    const map = scope(() => blocks.slice(0, place + 1).reduce((h, block) => block.apply(h), x.clone()))
    const values = await map.data()
    disposeParams([x, y, map])
    tell(places.length)
    for (const [i, example] of places.entries())
      for (const unit of units) {
        const at = (cell: number): number => values[(i * height * width + cell) * channels + unit] ?? 0
        const cell = Array.from({ length: height * width }, (_, c) => c).reduce((a, b) => (at(b) > at(a) ? b : a))
        best.get(unit)?.push({ example, cell, value: at(cell) })
      }
  }
  const patchOf = ({ example, cell }: { readonly example: number; readonly cell: number }): UnitPatch => ({
    name: names[example] ?? `picture ${example + 1}`,
    place: example,
    ...boxOf(examples.shape, [height, width], [Math.floor(cell / width), cell % width]),
  })
  return new Map(
    [...best].map(([unit, cells]) => [
      unit,
      cells
        .toSorted((a, b) => b.value - a.value)
        .slice(0, effort.patches)
        .filter(({ value }) => value > 0)
        .map(patchOf),
    ]),
  )
}

/** The part of a picture around a cell of a map: three cells, or a quarter of the side where these are less. */
const boxOf = (
  [height = 1, width = 1]: Shape,
  [rows, columns]: readonly [number, number],
  [row, column]: readonly [number, number],
): Pick<UnitPatch, 'top' | 'left' | 'height' | 'width'> => {
  const along = (side: number, cells: number, cell: number): readonly [number, number] => {
    const length = Math.min(side, Math.max(Math.ceil((3 * side) / cells), Math.ceil(side / 4)))
    const start = Math.round(((cell + 0.5) * side) / cells - length / 2)
    return [Math.min(side - length, Math.max(0, start)), length]
  }
  const [[top, tall], [left, wide]] = [along(height, rows, row), along(width, columns, column)]
  return { top, left, height: tall, width: wide }
}

/** The pixels of a patch as an example of its own. */
const croppedTo = (examples: Dataset, { place, top, left, height, width }: UnitPatch): Dataset => {
  const one = take(examples, [place])
  const [, across = 1, channels = 1] = one.shape
  const features = Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const [row, rest] = [Math.floor(i / (width * channels)), i % (width * channels)]
    return one.features[((top + row) * across + left) * channels + rest] ?? 0
  })
  return { ...one, shape: [height, width, channels], features }
}
