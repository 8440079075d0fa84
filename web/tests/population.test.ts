import { beforeAll, describe, expect, it } from 'vitest'
import { Columns } from '../src/lib/columns'
import { NEVER } from '../src/lib/columns'
import { needsServer, test, toClear, without, WordError, words } from '../src/pages/population/filter'
import { asText, rowsOf, sortOf, statusAt, turned } from '../src/pages/population/order'

const columns = new Columns()

beforeAll(() => {
  columns.apply({
    seq: 40,
    after: 0,
    operators: ['seed', 'numeric', 'llm diff'],
    statuses: ['ok', 'invalid', 'rejected', 'waiting'],
    models: ['local/test'],
    measures: ['size'],
    ids_contiguous_from: 1,
    columns: {
      parent: [null, 1, 1, 2, 2],
      others: { '5': [3] },
      score: [5.25, 2.5, null, 2.31, null],
      status: [0, 0, 1, 0, 3],
      operator: [0, 1, 2, 2, 1],
      model: [null, null, 0, 0, null],
      island: [-1, 0, 1, 1, 1],
      at: [0, 1, 2, 3, 4],
      evals: [1, 2, 3, 4, null],
      seconds: [0.1, 0.2, null, 0.4, null],
      usd: [0, 0, 0.5, 0.25, null],
      seq: [2, 8, 14, 20, 30],
      done: [4, 10, 16, 22, null],
      cell: [null, '(3, 7)', null, '(3, 8)', null],
      measures: { size: [40, 52, null, 61, null] },
    },
  })
})

/** The ids that pass. */
function matched(query: string, sort = 'oldest'): number[] {
  const rows = rowsOf(columns, test(columns, words(query)), sortOf(sort, true), null)
  return [...rows].map((row) => columns.id[row] as number)
}

describe('the words of the filter', () => {
  it.each([
    ['', [1, 2, 3, 4, 5]],
    ['status:ok', [1, 2, 4]],
    ['status:invalid,waiting', [3, 5]],
    ['-status:ok', [3, 5]],
    ['island:2', [3, 4, 5]],
    ['move:llm', [3, 4]],
    ['model:test', [3, 4]],
    ['score<2.5', [4]],
    ['score<=2.5', [2, 4]],
    ['score!=2.5 status:ok', [1, 4]],
    ['size>=52', [2, 4]],
    ['size:52', [2]],
    ['id:2..4', [2, 3, 4]],
    ['id:1,5', [1, 5]],
    ['parent:2', [4, 5]],
    ['parent:3', [5]],
    ['cell:3,7', [2]],
    ['children>0', [1, 2]],
    ['usd>0.3', [3]],
    ['move:"llm diff" status:ok', [4]],
    ['island:2 status:ok score<2', []],
  ])('%s', (query, ids) => {
    expect(matched(query)).toEqual(ids)
  })

  it('says what is wrong with a word, and what there is', () => {
    expect(() => matched('nonsense')).toThrow(WordError)
    expect(() => matched('statu:ok')).toThrow('there is no column "statu"')
    expect(() => matched('status:fine')).toThrow('there is no status "fine"')
    expect(() => matched('score<x')).toThrow('expected a number')
    expect(() => matched('island:x')).toThrow('expected a whole number')
  })

  it('leaves programs to the server', () => {
    expect(needsServer(words('status:ok text:"two words"'))).toBe(true)
    expect(words('text:"two words"')[0]?.value).toBe('two words')
    expect(matched('text:anything status:ok')).toEqual([1, 2, 4])
  })

  it('names the word to clear where nothing matches', () => {
    expect(toClear(columns, words('status:rejected island:2'))).toBe('status:rejected')
    expect(without('status:rejected island:2 text:"a b"', 'island:2')).toBe('status:rejected text:"a b"')
  })
})

describe('the order of rows', () => {
  it('has what has no value last, both ways', () => {
    expect(matched('', 'best')).toEqual([4, 2, 1, 3, 5])
    expect(matched('', 'score:desc')).toEqual([1, 2, 4, 3, 5])
    expect(matched('', 'newest')).toEqual([5, 4, 3, 2, 1])
    expect(matched('', 'operator:asc')).toEqual([3, 4, 2, 5, 1])
    expect(matched('', 'size:desc')).toEqual([4, 2, 1, 3, 5])
  })

  it('turns at a second click, and reads as it is written', () => {
    const first = turned(sortOf('newest', true), 'score', false)
    expect(asText(first)).toBe('score:asc')
    expect(asText(turned(first, 'score', false))).toBe('score:desc')
    for (const text of ['newest', 'oldest', 'size:desc']) expect(asText(sortOf(text, true))).toBe(text)
  })

  it('is as of a moment', () => {
    const rows = rowsOf(columns, () => true, sortOf('oldest', true), 15)
    expect([...rows]).toEqual([0, 1, 2])
    expect(statusAt(columns, 2, 15)).toBe('waiting')
    expect(statusAt(columns, 2, 16)).toBe('invalid')
    expect(columns.done[4]).toBe(NEVER)
  })
})
