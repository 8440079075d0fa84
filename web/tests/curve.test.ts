import { describe, expect, it } from 'vitest'
import type { CurveDocument, Metric } from '../src/lib/contract'
import { columns, mark, nearest, picture, rowsOf, scoreRange } from '../src/pages/overview/curve'
import { drawing } from '../src/pages/overview/drawing'
import { ticks } from '../src/lib/ticks'

const METRIC: Metric = { name: 'excess', unit: '%', direction: 'minimize', digits: 2 }
const WHOLE: CurveDocument = {
  speciate: 1,
  kind: 'run.curve',
  x: 'evals',
  steps: [
    { x: 1, score: 5, id: 0, operator: 'seed', seq: 3 },
    { x: 4, score: 3, id: 9, operator: 'numeric', seq: 12 },
  ],
  dots: { ids: [0, 5, 9, 11], x: [1, 2, 4, 6], score: [5, null, 3, 40], status: [0, 1, 0, 0] },
  statuses: ['ok', 'crashed'],
  islands: { 0: [[1, 5], [3, null], [4, 3]] }, // prettier-ignore
  seq: 20,
}
const GAIN = { id: 12, parent: 9, operator: 'llm', before: 3, after: 2, at: 9, evals: 8, seq: 25 }

describe('the curve', () => {
  it('has the gains that the stream brought since', () => {
    const drawn = picture(WHOLE, null, [GAIN, { ...GAIN, seq: 12 }], 8, null)
    expect(drawn.steps.map((step) => [step.x, step.score])).toEqual([[1, 5], [4, 3], [8, 2]]) // prettier-ignore
  })

  it('ends where the scrubber stands', () => {
    const drawn = picture(WHOLE, null, [GAIN], 8, { at: 11, x: 3 })
    expect(drawn.steps.map((step) => step.id)).toEqual([0])
    expect(drawn.dots.map((dot) => dot.id)).toEqual([0, 5])
    expect(drawn.end).toBe(3)
  })

  it('is stairs, and ends at the last evaluation', () => {
    const drawn = picture(WHOLE, null, [], 8, null)
    expect(columns(drawn, [0])).toEqual([[1, 3, 4, 8], [5, 5, 3, 3], [5, null, 3, 3]]) // prettier-ignore
  })

  it('shows from the best to the seed, whatever a bad candidate scored', () => {
    const drawn = picture(WHOLE, null, [], 8, null)
    expect(scoreRange(drawn, METRIC, false)).toEqual([3, 5])
    expect(scoreRange(drawn, METRIC, true)).toEqual([3, 40])
    expect(scoreRange(drawn, { ...METRIC, direction: 'maximize' }, false)).toEqual([3, 40])
    expect(scoreRange({ steps: [], dots: [], islands: new Map(), end: 0 }, METRIC, false)).toBeNull()
  })

  it('finds what is under the mouse, failed ones in their lane', () => {
    const drawn = picture(WHOLE, null, [], 8, null)
    const place = (x: number, score: number | null): { x: number; y: number } => ({ x: 10 * x, y: score === null ? 100 : score })
    expect(nearest(drawn, { x: 22, y: 98 }, place)?.id).toBe(5)
    expect(nearest(drawn, { x: 42, y: 3 }, place)?.id).toBe(9)
    expect(nearest(drawn, { x: 300, y: 3 }, place)).toBeNull()
  })

  it('is a table with the best so far', () => {
    const rows = rowsOf(picture(WHOLE, null, [], 8, null))
    expect(rows.map((row) => [row.id, row.best, row.gain])).toEqual([[0, 5, true], [5, 5, false], [9, 3, true], [11, 3, false]]) // prettier-ignore
  })

  it('is a drawing of one path and a circle for every candidate in range', () => {
    const svg = drawing({ picture: picture(WHOLE, null, [], 8, null), axis: 'evals', metric: METRIC, x: [0, 8], y: [3, 5], log: false })
    expect(svg.querySelectorAll('path')).toHaveLength(1)
    expect(svg.querySelectorAll('circle')).toHaveLength(3)
    expect(svg.querySelector('path')?.getAttribute('d')).toMatch(/^M.*H.*V.*H/)
  })
})

describe('marks of an axis', () => {
  it('are round and told apart', () => {
    expect(ticks(0, 1306, 6)).toEqual([0, 500, 1000])
    expect(ticks(0, 1, 5).map((value) => mark(value, 0.2))).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0'])
    expect(ticks(3, 3)).toEqual([3])
  })
})
