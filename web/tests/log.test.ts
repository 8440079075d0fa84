import { describe, expect, it } from 'vitest'
import { joined, parts, type Entry } from '../src/pages/log/entries'

const entry = (seq: number): Entry => ({ seq, at: seq, kind: 'closed', text: '', ids: [] })

describe('a sentence of the log', () => {
  it('has its candidates apart', () => {
    expect(parts('candidate 412 by numeric from 3 and 7 rejected: duplicate of 3', [412, 3, 7])).toEqual([
      'candidate ', 412, ' by numeric from ', 3, ' and ', 7, ' rejected: duplicate of ', 3,
    ]) // prettier-ignore
  })

  it('leaves numbers that are no candidates', () => {
    expect(parts('candidate 5 scored 5.05 % in 5 ms', [5])).toEqual(['candidate ', 5, ' scored 5.05 % in 5 ms'])
    expect(parts('ticket 909 closed', [])).toEqual(['ticket 909 closed'])
    expect(parts('12,345 tokens of 12', [12, 345])).toEqual(['12,345 tokens of ', 12])
  })
})

describe('two answers', () => {
  it('make one list', () => {
    expect(joined([entry(2), entry(4)], [entry(4), entry(3)]).map((each) => each.seq)).toEqual([2, 3, 4])
  })
})
