import { describe, expect, it } from 'vitest'
import type { Metric } from '../src/lib/contract'
import { change, clock, count, counted, percent, reason, score, span, spent, stamp, usd } from '../src/lib/format'

const METRIC: Metric = { name: 'excess', unit: '%', direction: 'minimize', digits: 2 }

describe('values are written as the terminal writes them', () => {
  it('scores, with what is unknown as a dash', () => {
    expect(score(METRIC, 2.307)).toBe('2.31 %')
    expect(score(METRIC, -1)).toBe('−1.00 %')
    expect(score(METRIC, null)).toBe('–')
    expect(score({ ...METRIC, unit: '' }, 0)).toBe('0.00')
  })

  it('times', () => {
    expect([clock(31), clock(725), clock(3723), clock(null)]).toEqual(['0:31', '12:05', '1:02:03', '–'])
    expect([span(0.012), span(0.8), span(47), span(960), span(9000), span(0)]).toEqual(['12 ms', '0.8 s', '47 s', '16 min', '2.5 h', '0.0 s'])
    const now = new Date(2026, 5, 1, 13, 0)
    expect(stamp(new Date(2026, 5, 1, 12, 3).getTime() / 1000, now)).toBe('12:03')
    expect(stamp(new Date(2026, 4, 31, 12, 3).getTime() / 1000, now)).toBe('2026-05-31 12:03')
  })

  it('money: what is not known is told, never taken for 0', () => {
    expect([usd(0), usd(0.004), usd(1.5), usd(null)]).toEqual(['$0.00', '$0.0040', '$1.50', '–'])
    const cost = { usd: 0, known: false, unpriced: 1, tokens: 0, lost: 0 }
    expect(spent(cost)).toBe('1 call of unknown price')
    expect(spent({ ...cost, usd: 2, unpriced: 1200 })).toBe('$2.00 + 1,200 calls of unknown price')
  })

  it('counts and shares', () => {
    expect([count(1306), count(null), counted(1, 'line'), counted(2, 'entry', 'entries')]).toEqual(['1,306', '–', '1 line', '2 entries'])
    expect([percent(0.314), percent(NaN), change(4, 3), change(2, 3), change(0, 3)]).toEqual(['31 %', '–', '−25 %', '+50 %', '–'])
  })

  it('why a run is not running', () => {
    const state = { name: 'finished', why: 'budget: evaluations', since: null, pid: null, host: null, detail: '' } as const
    expect(reason(state)).toBe('budget used')
    expect(reason({ ...state, name: 'running', why: 'running' })).toBe('')
    expect(reason({ ...state, why: 'something new' })).toBe('something new')
  })
})
