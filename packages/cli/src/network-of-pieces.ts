import {
  cutBlocks,
  portable,
  type Cuts,
  type ExperimentError,
  type InputRule,
  type OpenedNetwork,
  type TrainedBlock,
} from '@ptu/experiments'
import { countParams } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** A network in its pieces. */
export interface Pieces {
  readonly name: string
  readonly title: string
  readonly pieces: readonly TrainedBlock[]
  readonly input: InputRule
  /** The first normalised convolution of the file, where no recipe says what the network expects of its pixels. */
  readonly first?: OpenedNetwork['first']
  readonly warnings: readonly string[]
}

/** The network as it is cut, as plain data; what it was made of is freed. */
export const networkOfPieces = (
  { name, title, pieces, input, first, warnings }: Pieces,
  cuts: Cuts,
  free: () => void,
): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    TE.fromEither(cutBlocks(pieces, cuts)),
    TE.mapLeft((error): ExperimentError => error),
    TE.flatMapTask((blocks) => async (): Promise<OpenedNetwork> => {
      const params = blocks.map((block) => block.params)
      const network = await portable(blocks, params, input)
      return { name, title, network, parameters: countParams(params), first, warnings }
    }),
    (task) => async () => {
      const made = await task()
      free()
      return made
    },
  )
