import { describe, expect, it } from 'vitest'
import type { DiffLine } from '../src/pages/candidate/documents'
import { facing, parted, skipped, stacked } from '../src/pages/candidate/sides'

const same = (at: number, text: string): DiffLine => ({ op: ' ', old: at, new: at, text })
const gone = (at: number, text: string): DiffLine => ({ op: '-', old: at, new: null, text })
const come = (at: number, text: string): DiffLine => ({ op: '+', old: null, new: at, text })
const told = (parts: { text: string; changed: boolean }[]): string =>
  parts.map((part) => (part.changed ? `[${part.text}]` : part.text)).join('')

describe('lines that replace one another', () => {
  it('marks the number that changed', () => {
    const [old, now] = parted('return -0.83 * slack', 'return -0.79 * slack')
    expect(told(old)).toBe('return -[0.83] * slack')
    expect(told(now)).toBe('return -[0.79] * slack')
  })

  it('marks what was put in between', () => {
    const [old, now] = parted('    return f(x)', '    return f(x, y)')
    expect(told(old)).toBe('    return f(x)')
    expect(told(now)).toBe('    return f(x[, y])')
  })

  it('marks nothing where nearly all of it is new', () => {
    const [old, now] = parted('a = 1', 'return numpy.zeros(12)')
    expect([told(old), told(now)]).toEqual(['a = 1', 'return numpy.zeros(12)'])
  })

  it('never loses a character', () => {
    for (const [a, b] of [['', 'x'], ['aa', 'aaa'], ['  x', 'x'], ['\u202e a', '\u202e b']] as const) {
      const [old, now] = parted(a, b)
      expect(old.map((part) => part.text).join('')).toBe(a)
      expect(now.map((part) => part.text).join('')).toBe(b)
    }
  })
})

describe('the views of a diff', () => {
  const lines = [same(1, 'a'), gone(2, 'b'), gone(3, 'c'), come(2, 'B'), same(4, 'd'), come(5, 'e')]

  it('faces the n-th removed with the n-th added line', () => {
    const rows = facing(lines)
    expect(rows.map((row) => [row.left?.number ?? null, row.right?.number ?? null])).toEqual([
      [1, 1],
      [2, 2],
      [3, null],
      [4, 4],
      [null, 5],
    ])
  })

  it('stacks what went above what came', () => {
    expect(stacked(lines).map((row) => row.op + told(row.parts))).toEqual([' a', '-b', '-c', '+B', ' d', '+e'])
  })
})

describe('what stands between hunks', () => {
  it('counts the lines that are not shown', () => {
    const hunks = [
      { file: 'seed.py', lines: [same(4, 'x'), come(5, 'y')] },
      { file: 'seed.py', lines: [same(20, 'z')] },
      { file: 'other.py', lines: [same(3, 'z')] },
    ]
    expect(hunks.map((_, at) => skipped(hunks, at))).toEqual([3, 14, 2])
  })
})
