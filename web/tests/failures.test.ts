import { beforeEach, describe, expect, it } from 'vitest'
import { asHint, heights, inWords, keepMuted, keyOf, muted, type Cause } from '../src/pages/failures/causes'

const cause: Cause = {
  number: 1, status: 'crashed', cause: 'IndexError: index N is out of bounds', line: 'seed.py line 9', count: 98,
  first: 12, last: 1200, first_at: 1, last_at: 30, seconds: 4, usd: 0, example: 1200,
  said: 'IndexError: index 12 is out of bounds\nmore', operators: { llm: 98 }, members: [],
} // prettier-ignore

describe('a cause as a hint', () => {
  it('says what to avoid, where, and one example', () => {
    expect(asHint(cause)).toBe(
      'Avoid what made 98 candidates come to nothing: IndexError: index N is out of bounds (seed.py line 9), e.g. "IndexError: index 12 is out of bounds".',
    )
    expect(asHint({ ...cause, count: 1, line: '', said: cause.cause })).toBe(
      'Avoid what made one candidate come to nothing: IndexError: index N is out of bounds.',
    )
  })

  it('is of bounded length', () => {
    expect(asHint({ ...cause, said: 'x'.repeat(5000) })).toHaveLength(600)
  })
})

describe('a trend', () => {
  it('shows every stretch that has any', () => {
    expect(heights([0, 1, 100])).toEqual([0, 0.12, 1])
    expect(heights([0, 0])).toEqual([0, 0])
  })

  it('is told in words', () => {
    expect(inWords([9, 9, 9, 1, 0, 0, 0, 0, 1])).toBe('mostly early')
    expect(inWords([1, 0, 0, 1, 0, 0, 9, 9, 9])).toBe('mostly late')
    expect(inWords([1, 1, 1, 1, 1, 1, 1, 1, 1])).toBe('all along')
    expect(inWords([0, 0, 0])).toBe('none')
  })
})

describe('muting', () => {
  beforeEach(() => localStorage.clear())

  it('is kept by run, by what the cause is and not by its number', () => {
    keepMuted('a', new Set([keyOf(cause)]))
    expect(muted('a').has(keyOf({ ...cause, number: 7, count: 3 }))).toBe(true)
    expect(muted('b').size).toBe(0)
  })

  it('survives what is not ours', () => {
    localStorage.setItem('speciate-muted:a', '{"no": ["list"]}')
    expect(muted('a').size).toBe(0)
    localStorage.setItem('speciate-muted:a', 'nonsense')
    expect(muted('a').size).toBe(0)
  })
})
