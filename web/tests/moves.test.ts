// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { bornBy, medianOf, stepsBy } from '../src/pages/islands/islands'
import { named, sharesOver, successOf } from '../src/pages/moves/shares'
import { placesOf, waysOf } from '../src/pages/islands/flow'
import { asOfMoment } from '../src/pages/islands/standing'
import type { MoveRow } from '../src/pages/moves/documents'
import { atMoment, columnsOf as tableOf, filterOf, small, sorted } from '../src/pages/moves/table'
import { columnsOf, inOrder, type Given } from './made'

const all = (): boolean => true
const given: Given[] = [
  { score: 5, operator: 'seed', island: -1 },
  { score: 4, operator: 'llm', model: 'big', parent: 0 },
  { score: 4.5, operator: 'numeric', parent: 1, island: 1 },
  { score: null, status: 'crashed', operator: 'llm', model: 'small', parent: 0 },
  { score: 3, operator: 'llm', model: 'big', parent: 2, others: [1], island: 1 },
]

describe('names', () => {
  const columns = columnsOf(given)
  it('are moves, models or pairs, and a seed has none', () => {
    expect(named(columns, 'operator')).toEqual({ names: ['llm', 'numeric'], of: Int32Array.of(-1, 0, 1, 0, 0) })
    expect(named(columns, 'model').names).toEqual(['big', 'no model', 'small'])
    expect(named(columns, 'pair').names).toEqual(['llm · big', 'numeric', 'llm · small'])
  })
})

describe('success', () => {
  const columns = columnsOf(given)
  const found = successOf(columns, named(columns, 'operator'), inOrder(columns), 5, true, all)
  it('counts tries, what beats its best parent, and how far the best moved', () => {
    expect(found).toEqual([
      { name: 'llm', tries: 3, share: 0.75, improved: 2, gain: 2 },
      { name: 'numeric', tries: 1, share: 0.25, improved: 0, gain: 0 },
    ])
  })
  it('is that of a moment', () => {
    expect(successOf(columns, named(columns, 'operator'), inOrder(columns), 2, true, all)).toEqual([
      { name: 'llm', tries: 1, share: 1, improved: 1, gain: 1 },
    ])
  })
  it('is that of an island', () => {
    const second = (row: number): boolean => columns.island[row] === 1
    const of = successOf(columns, named(columns, 'operator'), inOrder(columns), 5, true, second)
    expect(of.map((each) => [each.name, each.tries])).toEqual([['llm', 1], ['numeric', 1]]) // prettier-ignore
  })
})

describe('shares over time', () => {
  it('add up to one in every slice that has a try', () => {
    const many = columnsOf(Array.from({ length: 500 }, (_, id) => ({ score: 1, operator: `m${id % 15}` })))
    const found = sharesOver(named(many, 'operator'), inOrder(many), 500, all, 10, 4)
    expect(found.names).toEqual(['m0', 'm1', 'm2', 'm3', 'others'])
    expect(found.evals).toEqual([50, 100, 150, 200, 250, 300, 350, 400, 450, 500])
    found.evals.forEach((_, slice) => {
      expect(found.shares.reduce((sum, each) => sum + (each[slice] as number), 0)).toBeCloseTo(1)
    })
  })
  it('are unknown where nothing was tried', () => {
    const columns = columnsOf([{ score: 1, operator: 'seed' }, { score: 1, operator: 'llm' }])
    expect(sharesOver(named(columns, 'operator'), inOrder(columns), 2, all, 2).shares).toEqual([[NaN, 1]])
  })
  it('has nothing to say of an empty run', () => {
    const columns = columnsOf([])
    expect(sharesOver(named(columns, 'operator'), inOrder(columns), 0, all)).toEqual({ names: [], evals: [], shares: [] })
  })
  it('name a last one instead of others', () => {
    const columns = columnsOf(['a', 'b', 'c'].map((operator) => ({ score: 1, operator })))
    expect(sharesOver(named(columns, 'operator'), inOrder(columns), 3, all, 1, 2).names).toEqual(['a', 'b', 'c'])
  })
})

describe('islands', () => {
  const columns = columnsOf(given)
  it('have what was born there, and the seed', () => {
    const found = bornBy(columns, inOrder(columns), 5, true)
    expect(found.map((each) => [each.tries, each.ok, each.best, each.median])).toEqual([[2, 1, 1, 4], [2, 2, 4, 3.75]]) // prettier-ignore
  })
  it('step where their best improves', () => {
    expect(stepsBy(columns, inOrder(columns), 5, true)).toEqual([[[1, 5], [2, 4]], [[1, 5], [3, 4.5], [5, 3]]]) // prettier-ignore
  })
  it('have a median of what there is', () => {
    expect([medianOf([]), medianOf([3]), medianOf([4, 1, 3, 2])]).toEqual([NaN, 3, 2.5])
  })
})

describe('the table of moves', () => {
  const metric = { name: 'excess', unit: '%', direction: 'minimize' as const, digits: 2 }
  const keys = (models: boolean, priced: boolean): string[] => tableOf(metric, 'operator', models, priced).map((each) => each.key)
  const row = (name: string, more: Partial<MoveRow> = {}): MoveRow => ({ ...(atMoment([{ name, tries: 4, share: 0.5, improved: 1, gain: 2 }])[0] as MoveRow), ...more })

  it('has columns of models and money only where there are any', () => {
    expect(keys(false, false)).not.toContain('tokens')
    expect(keys(true, false)).toContain('p95')
    expect(keys(true, false)).not.toContain('usd')
    expect(keys(true, true)).toContain('gain_per_usd')
  })
  it('says what is known and nothing of what is not', () => {
    const said = Object.fromEntries(tableOf(metric, 'operator', true, true).map((each) => [each.key, each.text(row('llm'))]))
    expect([said.success, said.gain, said.gain_per_try, said.usd, said.p95, said.cut]).toEqual(['25 % (1)', '2 %', '0.5', '–', '–', '–'])
  })
  it('sorts what is unknown last, either way', () => {
    const rows = [row('a', { usd: 1 }), row('b'), row('c', { usd: 3 })]
    expect(sorted(rows, 'usd', 'desc').map((each) => each.name)).toEqual(['c', 'a', 'b'])
    expect(sorted(rows, 'usd', 'asc').map((each) => each.name)).toEqual(['a', 'c', 'b'])
    expect(sorted(rows, 'name', 'desc').map((each) => each.name)).toEqual(['c', 'b', 'a'])
  })
  it('leads to the candidates of a row', () => {
    expect(filterOf('llm', 'operator', 'no model')).toBe('move:llm')
    expect(filterOf('llm · big one', 'pair', 'no model')).toBe('move:llm model:"big one"')
    expect(filterOf('numeric', 'pair', 'no model')).toBe('move:numeric')
    expect(filterOf('no model', 'model', 'no model')).toBeNull()
  })
  it('writes small numbers short', () => {
    expect([0.000012, 0.5, 1234.5678, 0, null].map(small)).toEqual(['1.2e−5', '0.5', '1230', '0', '–'])
  })
})

describe('the way between islands', () => {
  it('is the wider the more went it, and none leads to itself', () => {
    const ways = waysOf([{ from: 0, to: 1, count: 1, last_seq: 9 }, { from: 1, to: 0, count: 4, last_seq: 9 }, { from: 1, to: 1, count: 3, last_seq: 9 }], placesOf(3, 300)) // prettier-ignore
    expect(ways.map((each) => [each.from, each.to, each.width])).toEqual([[0, 1, 3.5], [1, 0, 6]]) // prettier-ignore
    expect(ways[0]?.path).not.toEqual(ways[1]?.path)
  })
})

describe('an island at another moment', () => {
  it('is what was born there by then; the rest is unknown', () => {
    const columns = columnsOf(given)
    const born = bornBy(columns, inOrder(columns), 5, true)
    const rows = [{ index: 1, size: 9, best: 1, best_id: 7, median: 2, diversity: 0.5, age: 3, source: 'seed' }]
    expect(asOfMoment(rows, born, columns, false)).toEqual([{ ...rows[0], tries: 2 }])
    expect(asOfMoment(rows, born, columns, true)).toEqual([
      { index: 1, size: null, best: 3, best_id: 4, median: 3.75, diversity: null, age: null, source: null, tries: 2 },
    ])
  })
})
