import { describe, expect, it } from 'vitest'
import { bornBy, medianOf, stepsBy } from '../src/pages/islands/islands'
import { named, sharesOver, successOf } from '../src/pages/moves/shares'
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
