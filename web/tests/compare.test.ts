// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Again } from '../src/charts/again'
import { aligned, room, stepAt, type Point } from '../src/charts/options'
import { asText, choiceOf, pathOf, usualRuns } from '../src/pages/compare/choice'
import type { GroupJson } from '../src/pages/compare/documents'
import { cumulative, drawn, faint, parted, valuesAt } from '../src/pages/compare/lines'
import type { SummaryBody } from '../src/lib/contract'

const none = new Set<string>()
const group = (name: string, runs: number, more: Partial<GroupJson> = {}): GroupJson => ({
  name,
  runs: Array.from({ length: runs }, (_, run) => `${name}-${run}`),
  seeds: Array.from({ length: runs }, (_, run) => run),
  end: 10,
  whole: 10,
  median: [[1, 5], [6, 3], [10, 3]],
  band: null,
  why_no_band: null,
  lines: Object.fromEntries(Array.from({ length: runs }, (_, run) => [`${name}-${run}`, [[1, 5], [10, run]]])) as GroupJson['lines'],
  ...more,
}) // prettier-ignore

describe('what the address says of a comparison', () => {
  it('is what is asked', () => {
    const choice = choiceOf(new URLSearchParams('runs=a,b&x=usd&cut=5&target=2.5&reference=r&groups=a:one,z:two'), [])
    expect(choice.runs).toEqual(['a', 'b'])
    expect(pathOf(choice)).toBe('/api/compare?runs=a%2Cb&x=usd&cut=5&target=2.5&reference=r&groups=a%3Aone')
  })
  it('is the usual runs where it says nothing, and then what does not fit is left out', () => {
    const choice = choiceOf(new URLSearchParams(''), ['a', 'b'])
    expect([choice.runs, choice.x, choice.cut]).toEqual([['a', 'b'], 'evals', null])
    expect(pathOf(choice)).toBe('/api/compare?runs=a%2Cb&x=evals&alike=yes')
  })
  it('may be no run at all', () => {
    expect(pathOf(choiceOf(new URLSearchParams('runs=,'), ['a']))).toBeNull()
  })
  it('takes no word for a number', () => {
    const choice = choiceOf(new URLSearchParams('cut=x&target=&x=miles'), [])
    expect([choice.cut, choice.target, choice.x]).toEqual([null, null, 'evals'])
  })
  it('has names without a comma', () => {
    expect(asText(new Map([['a', 'one, two'], ['b', 'x']]), ['a'])).toBe('a:one  two') // prettier-ignore
  })
  it('begins with the run and those of its problem that have a score', () => {
    const run = (name: string, problem: string, best = true): SummaryBody =>
      ({ run: name, problem, best: best ? {} : null }) as unknown as SummaryBody
    const all = [run('c', 'p'), run('b', 'p', false), run('a', 'p'), run('d', 'q')]
    expect(usualRuns(all, 'a')).toEqual(['a', 'c'])
    expect(usualRuns(all, null)).toEqual([])
  })
})

describe('what is drawn', () => {
  it('is runs, bands and medians over each other', () => {
    const band: GroupJson['band'] = [[1, 4, 6], [10, 2, 4]] // prettier-ignore
    const found = drawn([group('a', 2, { band }), group('b', 1)], 'light', none)
    expect(found.lines.map((each) => each.name)).toEqual(['a-0', 'a-1', 'b-0', 'a low', 'a high', 'a'])
    expect([found.lines[4]?.floor, found.points[3], found.points[4]]).toEqual([3, [[1, 4], [10, 2]], [[1, 6], [10, 4]]]) // prettier-ignore
  })
  it('hides a group with all of it', () => {
    const found = drawn([group('a', 2), group('b', 1)], 'dark', new Set(['a']))
    expect(found.lines.map((each) => each.hidden)).toEqual([true, true, false, true])
  })
  it('is dotted from where some had ended', () => {
    const found = drawn([group('a', 2, { whole: 7 })], 'light', none)
    expect(found.lines.map((each) => each.name)).toEqual(['a-0', 'a-1', 'a', 'a, some ended'])
    expect(found.points.slice(2)).toEqual([[[1, 5], [6, 3]], [[7, 3], [10, 3]]]) // prettier-ignore
  })
  it('is parted nowhere where all went on', () => {
    expect(parted([[1, 5], [6, 3]], 10)).toEqual([[[1, 5], [6, 3]], []]) // prettier-ignore
  })
  it('has the value of each group at a place', () => {
    expect(valuesAt([group('a', 2), group('b', 1)], 9)).toEqual([3, 5])
    expect(valuesAt([group('a', 2)], 0.5)).toEqual([NaN])
  })
  it('lets colours through', () => {
    expect(faint('#0077BB', 0.2)).toBe('#0077BB33')
  })
  it('begins a share at nothing', () => {
    expect(cumulative([[3, 0.5]], 0, 9)).toEqual([[0, 0], [3, 0.5], [9, 0.5]]) // prettier-ignore
  })
})

describe('lines of their own places', () => {
  it('stand over all of them', () => {
    const [xs, first, second] = aligned([[[1, 5], [4, 3]], [[2, 7]]]) as unknown as [Float64Array, unknown[], unknown[]] // prettier-ignore
    expect([...xs]).toEqual([1, 2, 4])
    expect([first, second]).toEqual([[5, undefined, 3], [undefined, 7, undefined]]) // prettier-ignore
  })
  it('have at a place the step before it', () => {
    const steps: Point[] = [[1, 5], [4, 3]] // prettier-ignore
    expect([0, 1, 3.9, 4, 99].map((x) => stepAt(steps, x))).toEqual([NaN, 5, 5, 3, 3])
  })
})

describe('the room of a chart', () => {
  it('leaves out a beginning that would leave none for the rest', () => {
    const found = room([[[1, 99], [2, 5], [100, 4]]], true) // prettier-ignore
    expect([found.cut, (found.range[1] as number) < 6]).toEqual([99, true])
    expect(room([[[1, 1], [2, 95], [100, 96]]], false).cut).toBe(1) // prettier-ignore
  })
  it('shows all where that does no harm', () => {
    expect(room([[[1, 5], [50, 4], [100, 3]]], true)).toEqual({ range: [null, null], cut: null }) // prettier-ignore
  })
  it('holds a goal that is near, and lets go of one that is far', () => {
    const line: Point[] = [[1, 5], [50, 4], [100, 3]] // prettier-ignore
    expect((room([line], true, 2).range[0] as number) < 2).toBe(true)
    expect(room([line], true, -50).range).toEqual([null, null])
  })
  it('of nothing is nothing', () => {
    expect(room([], true)).toEqual({ range: [null, null], cut: null })
  })
})

describe('asking again', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  it('is done at most so often, and for what came last', () => {
    let asked = 0
    const again = new Again(1000, () => asked++)
    again.soon()
    vi.advanceTimersByTime(0)
    expect(asked).toBe(1)
    for (let tick = 0; tick < 6; tick++) {
      again.soon()
      vi.advanceTimersByTime(250)
    }
    expect(asked).toBe(2)
    vi.advanceTimersByTime(2000)
    expect(asked).toBe(3)
    again.soon()
    again.stop()
    vi.advanceTimersByTime(5000)
    expect(asked).toBe(3)
  })
})
