import { UsageError } from '@ptu/experiments'
import { thisMachine } from '@ptu/experiments/node'
import { queueAddress, type QueueAddress } from '@ptu/experiments/queue'
import * as E from 'fp-ts/lib/Either.js'

/**
 * The address of a queue: the one that was typed, else that in `PTU_QUEUE`. A password may stand in `PTU_QUEUE_PASSWORD`, so
 * that no list of processes shows it.
 */
export const queueOf = (typed: unknown): E.Either<UsageError, QueueAddress> => {
  const { PTU_QUEUE, PTU_QUEUE_PASSWORD } = thisMachine().variables
  const address = typeof typed === 'string' ? typed : PTU_QUEUE
  return address === undefined || address === ''
    ? E.left(
        new UsageError(
          '--queue: expected an address such as redis://127.0.0.1:6379, here or in PTU_QUEUE, got nothing',
        ),
      )
    : queueAddress(address, PTU_QUEUE_PASSWORD)
}
