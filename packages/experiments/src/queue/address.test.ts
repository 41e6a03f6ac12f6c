import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { queueAddress } from './address.ts'
import { serverProblem } from './connect.ts'
import { queueError, reasonOf } from './failures.ts'

describe('the address of a queue', () => {
  it('has a host, a port, a database, and TLS where it says so', () => {
    expect(rightOf(queueAddress('redis://localhost'))).toMatchObject({
      host: 'localhost',
      port: 6379,
      database: 0,
      tls: false,
    })
    expect(rightOf(queueAddress('rediss://ada:l%40ve@[::1]:7000/3'))).toEqual({
      ...{ host: '::1', port: 7000, database: 3, tls: true, username: 'ada', password: 'l@ve' },
      shown: 'rediss://[::1]:7000/3',
    })
  })

  it('wins over a password that is given apart', () => {
    expect(rightOf(queueAddress('redis://h', 'apart')).password).toBe('apart')
    expect(rightOf(queueAddress('redis://:own@h', 'apart')).password).toBe('own')
  })

  it.each([
    '',
    'secret',
    'http://:secret@h',
    'redis://',
    'redis://:secret@h/x',
    'redis://:secret@h?a=secret',
    'redis://:%@secret',
  ])('is refused as %j without being repeated', (text) => {
    const message = messageIn(queueAddress(text))
    expect(message).toContain('redis://127.0.0.1:6379')
    expect(message).not.toContain('secret')
  })
})

describe('the failure of a queue', () => {
  const address = rightOf(queueAddress('redis://:geheim@h:1/2'))

  it('is one sentence without the password', () => {
    const errors: readonly (readonly [string, string])[] = [
      ['WRONGPASS invalid username-password pair', 'does not accept'],
      ['NOAUTH Authentication required.', 'PTU_QUEUE_PASSWORD'],
      ["OOM command not allowed when used memory > 'maxmemory'.", 'maxmemory'],
      ["READONLY You can't write against a read only replica.", 'read-only'],
      ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', 'read-only'],
      ['MISCONF Redis is configured to save RDB snapshots', 'disk'],
      ['something about geheim', '…'],
    ]
    for (const [said, told] of errors) {
      const { message } = queueError(address)(new Error(said))
      expect(message).toContain(told)
      expect(message).toContain('redis://h:1/2')
      expect(message).not.toContain('geheim')
    }
    const cut = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(reasonOf(cut, address)).toContain('nothing answers')
    expect(reasonOf(Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), address)).toContain(
      'certificate',
    )
  })

  it('is told from what a server says about itself', () => {
    const info = (version: string, more = ''): string =>
      `redis_version:${version}\r\nrole:master\r\nmaxmemory:0\r\n${more}`
    expect(serverProblem(info('7.0.15'))).toBeUndefined()
    expect(serverProblem(info('6.2.0'))).toBeUndefined()
    for (const old of ['6.0.16', '5.0.7', 'new']) expect(serverProblem(info(old))).toContain(old)
    expect(serverProblem('redis_version:7.0.1\r\nrole:slave')).toContain('replica')
    expect(serverProblem('redis_version:7.0.1\nmaxmemory:9\nmaxmemory_policy:allkeys-lru')).toContain('allkeys-lru')
    expect(serverProblem('redis_version:7.0.1\nmaxmemory:9\nmaxmemory_policy:noeviction')).toBeUndefined()
  })
})

describe('an error of a queue', () => {
  it('that is known already stays as it is', () => {
    const known = queueAddress('x')
    if (E.isRight(known)) throw new Error('expected a Left')
    expect(queueError(rightOf(queueAddress('redis://h')))(known.left)).toBe(known.left)
  })
})
