import { describe, expect, it } from 'vitest'
import type { SummaryBody } from '../src/lib/contract'
import { parse } from '../src/lib/router.svelte'
import { csv } from '../src/lib/save'
import { gainOf, matching, sorted, sparkPath, type Line } from '../src/pages/listing/listing'
import { places } from '../src/shell/places'

describe('addresses', () => {
  it('lead to pages, runs and candidates', () => {
    expect(parse('/', '')).toMatchObject({ page: 'runs', run: null })
    expect(parse('/r/bin_packing-1', '')).toMatchObject({ page: 'overview', run: 'bin_packing-1' })
    expect(parse('/r/a%20b/tree', '?at=3')).toMatchObject({ page: 'tree', run: 'a b' })
    expect(parse('/r/x/c/412~1', '')).toMatchObject({ page: 'candidate', ref: '412~1' })
    expect(parse('/r/x/nothing', '')).toMatchObject({ page: 'missing' })
    expect(parse('/r/%E0%A4%A/log', '')).toMatchObject({ page: 'log', run: '%E0%A4%A' })
  })
})

describe('the search field', () => {
  it('knows candidates, pages and filters', () => {
    expect(places('412~1', 'x', 'overview')[0]?.address).toBe('/r/x/c/412~1')
    expect(places('best', 'x', 'overview')[0]?.address).toBe('/r/x/c/best')
    expect(places('tr', 'x', 'overview').map((place) => place.label)).toEqual(['Tree', 'text:tr'])
    expect(places('status:ok', 'x', 'overview').at(-1)?.address).toBe('/r/x/population?q=status%3Aok')
    expect(places('a b', null, 'runs')[0]?.address).toBe('/?q=a%20b')
  })
})

describe('CSV', () => {
  it('quotes, and lets no spreadsheet compute what a candidate wrote', () => {
    expect(csv(['a', 'b'], [['x,"y"', 1], ['=HYPERLINK(1)', null]])).toBe('a,b\r\n"x,""y""",1\r\n\'=HYPERLINK(1),\r\n') // prettier-ignore
  })
})

function line(name: string, given: Partial<SummaryBody>, meta: Line['meta'] = {}): Line {
  const summary = {
    run: name,
    problem: 'bin_packing',
    recipe: 'speciate',
    metric: { name: 'excess', unit: '%', direction: 'minimize', digits: 2 },
    state: { name: 'finished' },
    cost: { usd: 0, known: true },
    ...given,
  } as SummaryBody
  return { name, summary, meta, spark: [] }
}

describe('the list of runs', () => {
  const best = (score: number): Partial<SummaryBody> => ({ best: { score } as SummaryBody['best'], seed: { score: 4 } as SummaryBody['seed'] })
  const lines = [line('a-10', best(3), { tags: ['gpu'] }), line('a-2', best(2), { archived: true }), line('b', { best: null, seed: null })]

  it('is filtered by words and fields, the archived ones aside', () => {
    expect(matching(lines, '', false).map((each) => each.name)).toEqual(['a-10', 'b'])
    expect(matching(lines, 'tag:gpu', true).map((each) => each.name)).toEqual(['a-10'])
    expect(matching(lines, 'state:fin A-', true).map((each) => each.name)).toEqual(['a-10', 'a-2'])
    expect(matching(lines, 'nothing', true)).toEqual([])
  })

  it('is sorted, what is unknown last either way', () => {
    expect(sorted(lines, 'best', false).map((each) => each.name)).toEqual(['a-2', 'a-10', 'b'])
    expect(sorted(lines, 'best', true).map((each) => each.name)).toEqual(['a-10', 'a-2', 'b'])
    expect(sorted(lines, 'name', false).map((each) => each.name)).toEqual(['a-2', 'a-10', 'b'])
  })

  it('tells the gain over the seed in the metric’s direction', () => {
    expect(lines.map((each) => gainOf(each.summary))).toEqual([0.25, 0.5, null])
  })

  it('draws better scores higher', () => {
    const { summary } = lines[0] as Line
    expect(sparkPath([4, 2], summary, 10, 10)).toBe('M0 9.0H10.0V1.0')
    expect(sparkPath([4], summary, 10, 10)).toBe('')
  })
})
