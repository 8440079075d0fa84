import { describe, expect, it } from 'vitest'
import { Timeline } from '../src/lib/asof'
import { NEVER, Columns, ancestorsOf, descendantsOf, pathOf } from '../src/lib/columns'
import type { NodesJson, Status } from '../src/lib/contract'

interface Made {
  id: number
  parent?: number | null
  others?: number[]
  score?: number | null
  status?: Status
  operator?: string
  seq: number
  done?: number | null
  usd?: number | null
}

/** Nodes as the server sends them. */
function nodes(rows: Made[], seq: number, after = 0): NodesJson {
  const operators = [...new Set(rows.map((row) => row.operator ?? 'syntax'))]
  const statuses = [...new Set(rows.map((row) => row.status ?? 'ok'))]
  return {
    seq, after, operators, statuses, models: [], measures: ['depth'], ids_contiguous_from: null,
    columns: {
      id: rows.map((row) => row.id),
      parent: rows.map((row) => row.parent ?? null),
      others: Object.fromEntries(rows.filter((row) => row.others).map((row) => [row.id, row.others as number[]])),
      score: rows.map((row) => row.score ?? null),
      status: rows.map((row) => statuses.indexOf(row.status ?? 'ok')),
      operator: rows.map((row) => operators.indexOf(row.operator ?? 'syntax')),
      model: rows.map(() => null),
      island: rows.map(() => 0),
      at: rows.map((row) => row.seq / 10),
      evals: rows.map((_, index) => index + 1),
      seconds: rows.map(() => 0.5),
      usd: rows.map((row) => row.usd ?? null),
      seq: rows.map((row) => row.seq),
      done: rows.map((row) => (row.done === undefined ? row.seq + 1 : row.done)),
      cell: rows.map(() => null),
      measures: { depth: rows.map((row) => row.id * 2) },
    },
  } // prettier-ignore
}

const FAMILY: Made[] = [
  { id: 0, score: 5, seq: 1 },
  { id: 1, parent: 0, score: 4, seq: 3 },
  { id: 2, parent: 0, score: null, status: 'crashed', seq: 5 },
  { id: 3, parent: 1, others: [0], score: 3, seq: 7, usd: 0.25 },
  { id: 7, parent: 3, others: [2], score: 6, seq: 9, usd: 0.5 },
]

function family(): Columns {
  const columns = new Columns()
  columns.apply(nodes(FAMILY, 10))
  return columns
}

describe('columns of candidates', () => {
  it('are found by id, with parents as rows', () => {
    const columns = family()
    expect(columns.length).toBe(5)
    expect(columns.row(7)).toBe(4)
    expect(columns.row(4)).toBe(-1)
    expect([...columns.parent.subarray(0, 5)]).toEqual([-1, 0, 0, 1, 3])
    expect([...columns.children.subarray(0, 5)]).toEqual([2, 1, 0, 1, 0])
    expect(columns.others.get(4)).toEqual([2])
    expect(columns.score[2]).toBeNaN()
  })

  it('keep their rows when a patch comes, and its names find their places', () => {
    const columns = family()
    const before = columns.version
    const late: Made = { id: 2, parent: 0, score: 1, status: 'ok', operator: 'numeric', seq: 5, done: 12 }
    columns.apply(nodes([late, { id: 8, parent: 7, score: 2, operator: 'numeric', seq: 11 }], 12, 10))
    expect(columns.length).toBe(6)
    expect(columns.score[2]).toBe(1)
    expect(columns.statuses[columns.status[2] as number]).toBe('ok')
    expect(columns.operators[columns.operator[5] as number]).toBe('numeric')
    expect(columns.operators[columns.operator[0] as number]).toBe('syntax')
    expect(columns.children[0]).toBe(2) // the patched one is not counted twice
    expect(columns.seq).toBe(12)
    expect(columns.version).toBeGreaterThan(before)
  })

  it('grow without losing what they hold', () => {
    const columns = new Columns()
    const many = Array.from({ length: 3000 }, (_, id) => ({ id, parent: id ? id - 1 : null, score: id, seq: id + 1 }))
    columns.apply(nodes(many.slice(0, 1000), 1000))
    columns.apply(nodes(many.slice(1000), 3000, 1000))
    expect(columns.length).toBe(3000)
    expect(columns.score[999]).toBe(999)
    expect(columns.parent[2500]).toBe(2499)
    expect(columns.measure.get('depth')?.[2999]).toBe(5998)
  })

  it('know the path by the better parent, all ancestors and all descendants', () => {
    const columns = family()
    expect(pathOf(columns, 4, true)).toEqual([4, 3, 1, 0])
    expect(pathOf(columns, 3, false)).toEqual([3, 0])
    expect([...ancestorsOf(columns, 4)].sort()).toEqual([0, 1, 2, 3, 4])
    expect([...descendantsOf(columns, 2)]).toEqual([2, 4])
  })

  it('take ids that are contiguous from their first', () => {
    const columns = new Columns()
    const sent = nodes(FAMILY.slice(0, 4), 8)
    delete sent.columns.id
    columns.apply({ ...sent, ids_contiguous_from: 10 })
    expect(columns.id[3]).toBe(13)
  })
})

describe('the run as of a moment', () => {
  it('has the best, the counts and the money of then', () => {
    const timeline = new Timeline(family(), true)
    expect(timeline.at(0)).toMatchObject({ candidates: 0, evals: 0, best: -1, counts: {} })
    expect(timeline.at(3)).toMatchObject({ candidates: 2, evals: 1, best: 0, counts: { ok: 1 } })
    expect(timeline.at(6)).toMatchObject({ candidates: 3, evals: 3, best: 1, counts: { ok: 2, crashed: 1 } })
    expect(timeline.at(99)).toMatchObject({ candidates: 5, evals: 5, best: 3, usd: 0.75 })
    expect(new Timeline(family(), false).at(99).best).toBe(4)
  })

  it('leads from an evaluation to its moment and knows the gains', () => {
    const timeline = new Timeline(family(), true)
    expect(timeline.seqOf(1)).toBe(2)
    expect(timeline.seqOf(99)).toBe(10)
    expect(timeline.gains()).toEqual([0, 1, 3])
  })

  it('counts as well a thousand evaluations in', () => {
    const columns = new Columns()
    const rows = Array.from({ length: 2000 }, (_, id) => ({ id, score: id % 3 ? -id : null, status: id % 3 ? ('ok' as const) : ('timeout' as const), seq: 2 * id + 1 }))
    columns.apply(nodes(rows, 4000))
    const timeline = new Timeline(columns, true)
    for (const evals of [1, 511, 512, 513, 1024, 1999, 2000]) {
      const { counts, best } = timeline.at(2 * evals)
      expect(counts['timeout']).toBe(Math.ceil(evals / 3))
      expect(counts['ok'] ?? 0).toBe(evals - Math.ceil(evals / 3))
      expect(best).toBe(evals === 1 ? -1 : (evals - 1) % 3 ? evals - 1 : evals - 2)
    }
  })

  it('has a candidate that was never evaluated, and no score of it', () => {
    const columns = new Columns()
    columns.apply(nodes([{ id: 0, score: 1, seq: 1 }, { id: 1, parent: 0, status: 'rejected', seq: 3, done: null }], 4))
    expect(columns.done[1]).toBe(NEVER)
    expect(new Timeline(columns, true).at(4)).toMatchObject({ candidates: 2, evals: 1, counts: { ok: 1 } })
  })
})
