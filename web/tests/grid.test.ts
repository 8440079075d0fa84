// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { binned, coverage, gridAt, holders, interval, rangeOf, scaleOf, shareOf, type Plane } from '../src/pages/grid/cells'
import { dominates, front, type Objective } from '../src/pages/grid/front'
import { columnsOf, inOrder, type Given } from './made'

const plane: Plane = {
  x: { name: 'size', low: 0, high: 10, cells: 5, place: 0 },
  y: { name: 'slack', low: 0, high: 1, cells: 4, place: 1 },
}
const asked = { island: null, minimize: true, seed: 5 }
const bin = (i: number, j: number): number => j * 5 + i

function at(given: Given[], upto = given.length, more = {}): ReturnType<typeof gridAt> {
  const columns = columnsOf(given)
  return gridAt(columns, binned(columns, plane), inOrder(columns), upto, { ...asked, ...more })
}

describe('the grid at a moment', () => {
  const given: Given[] = [
    { score: 5, cell: '[0, 0]' },
    { score: 4, cell: '[0, 0]', island: 1 },
    { score: 4.5, measures: { size: 1, slack: 0.1 } }, // not taken in: a try alone
    { score: 3, cell: '2,3' },
    { score: null, status: 'crashed', measures: { size: 1, slack: 0.1 } },
  ]

  it('has the best that was taken in, and counts tries and who entered', () => {
    const found = at(given)
    expect([found.elite[bin(0, 0)], found.elite[bin(2, 3)]]).toEqual([1, 3])
    expect([found.tries[bin(0, 0)], found.entered[bin(0, 0)], found.filled]).toEqual([3, 2, 2])
    expect([found.best, found.worst, found.qd]).toEqual([3, 4, 3])
  })
  it('is what it was before the later evaluations', () => {
    const found = at(given, 1)
    expect([found.elite[bin(0, 0)], found.filled, found.qd]).toEqual([0, 1, 0])
  })
  it('is of one island when asked', () => {
    expect(at(given, 5, { island: 1 }).filled).toBe(1)
    expect(at(given, 5, { island: 0 }).elite[bin(0, 0)]).toBe(0)
  })
  it('counts a candidate of every island to each', () => {
    expect(at([{ score: 5, cell: '0,0', island: -1 }], 1, { island: 3 }).filled).toBe(1)
  })
  it('goes the other way where higher is better', () => {
    const found = at(given, 5, { minimize: false, seed: 4 })
    expect([found.elite[bin(0, 0)], found.best, found.qd]).toEqual([0, 5, 1])
  })
  it('knows no quality where the seed has no score', () => {
    expect(at(given, 5, { seed: NaN }).qd).toBeNaN()
  })
  it('lets in an equal that the population took', () => {
    const found = at([{ score: 5, cell: '0,0' }, { score: 5, cell: '0,0' }])
    expect([found.elite[0], found.entered[0]]).toEqual([1, 2])
  })
  it('counts who was taken in on another island, though the best stays', () => {
    const found = at([{ score: 3, cell: '0,0' }, { score: 4, cell: '0,0', island: 1 }])
    expect([found.elite[0], found.entered[0]]).toEqual([0, 2])
  })
  it('leaves out cells beyond the grid', () => {
    expect(at([{ score: 5, cell: '7,0' }, { score: 5, cell: 'odd' }]).filled).toBe(0)
  })
})

describe('one cell', () => {
  const columns = columnsOf([
    { score: 5, cell: '0,0' },
    { score: 1, cell: '1,0' },
    { score: 3, cell: '0,0' },
    { score: 4, cell: '0,0' },
  ])
  it('remembers who held it, the latest first', () => {
    expect(holders(columns, binned(columns, plane), inOrder(columns), 4, bin(0, 0), asked)).toEqual([2, 0])
    expect(holders(columns, binned(columns, plane), inOrder(columns), 1, bin(0, 0), asked)).toEqual([0])
  })
})

describe('coverage', () => {
  it('ends as the grid does, and never shrinks', () => {
    const given = Array.from({ length: 1000 }, (_, id) => ({ score: 9 - (id % 7), cell: `${id % 5},${id % 4}` }))
    const columns = columnsOf(given)
    const found = coverage(columns, binned(columns, plane), inOrder(columns), 1000, asked, 50)
    const whole = at(given)
    expect([found.evals.at(-1), found.filled.at(-1), found.qd.at(-1)]).toEqual([1000, whole.filled, whole.qd])
    expect(found.evals.length).toBeLessThanOrEqual(60)
    expect(found.filled.every((each, index) => index === 0 || each >= (found.filled[index - 1] as number))).toBe(true)
  })
})

describe('axes', () => {
  it('count what lies outside to their ends', () => {
    expect([-1, 0, 1.9, 2, 9.99, 10, 99].map((value) => interval(plane.x, value))).toEqual([0, 0, 0, 1, 4, 4, 4])
    expect(rangeOf(plane.x, 1)).toEqual([2, 4])
  })
})

describe('colours', () => {
  const scale = (scores: number[], minimize = true): ReturnType<typeof scaleOf> => {
    const columns = columnsOf(scores.map((score, id) => ({ score, cell: `${id % 5},${Math.floor(id / 5)}` })))
    const grid = gridAt(columns, binned(columns, plane), inOrder(columns), scores.length, { ...asked, minimize })
    return scaleOf(columns, grid, minimize)
  }
  it('go from the worst elite to the best', () => {
    const found = scale([5, 3, 4])
    expect(found).toEqual({ low: 5, high: 3, clipped: false })
    expect([3, 4, 5, 6].map((score) => shareOf(found, score))).toEqual([1, 0.5, 0, 0])
  })
  it('are all of one where all elites are alike', () => {
    expect(shareOf(scale([5, 5]), 5)).toBe(1)
  })
  it('leave out what is far worse than the rest', () => {
    const scores = [999, ...Array.from({ length: 19 }, (_, id) => 1 + id / 10)]
    expect(scale(scores)).toEqual({ low: 2.7, high: 1, clipped: true })
    expect(scale(scores.map((each) => -each), false)).toEqual({ low: -2.7, high: -1, clipped: true })
  })
})

describe('100,000 candidates', () => {
  it('take a few frames to bin and one to walk', () => {
    const given = Array.from({ length: 100_000 }, (_, id) => ({ score: id % 997, cell: `${id % 5},${id % 4}` }))
    const columns = columnsOf(given)
    const order = inOrder(columns)
    const bins = binned(columns, plane)
    gridAt(columns, bins, order, 1000, asked)
    // The time of this process, so that a busy machine does not matter.
    const start = process.cpuUsage()
    gridAt(columns, bins, order, 100_000, asked)
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(60) // milliseconds; about 3 by itself
  }, 60_000)
})

describe('the front', () => {
  const objective = (name: string, values: number[], minimize = true): Objective => ({
    name,
    values: Float64Array.from(values),
    minimize,
  })
  it('of two objectives is those that no other beats', () => {
    const of = [objective('error', [3, 1, 2, 2, NaN]), objective('size', [1, 3, 2, 4, 0])]
    expect(front([0, 1, 2, 3, 4], of)).toEqual([1, 2, 0])
  })
  it('keeps equals', () => {
    expect(front([0, 1], [objective('a', [1, 1]), objective('b', [2, 2])])).toEqual([0, 1])
  })
  it('minds which way is better', () => {
    expect(front([0, 1], [objective('a', [1, 2], false), objective('b', [1, 1], false)])).toEqual([1])
  })
  it('of any number is what the definition says', () => {
    const random = (seed: number): number[] => Array.from({ length: 60 }, (_, n) => (n * 7919 + seed * 104729) % 13)
    for (const count of [2, 3, 4]) {
      const of = Array.from({ length: count }, (_, n) => objective(`o${n}`, random(n + 1), n % 2 === 0))
      const rows = Array.from({ length: 60 }, (_, row) => row)
      const slow = rows.filter((row) => !rows.some((other) => dominates(other, row, of)))
      expect([...front(rows, of)].sort((a, b) => a - b)).toEqual(slow)
    }
  })
})
