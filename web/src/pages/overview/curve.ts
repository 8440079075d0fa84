/** The curve of a run as numbers ready to draw: what is there at a moment, which range to show, what is under the mouse. */
import type { Axis, CurveDocument, Gain, Metric } from '../../lib/contract'
import { bare, better, clock, count, lowerIsBetter, usd } from '../../lib/format'

export interface Dot {
  id: number
  x: number
  /** null: it failed. */
  score: number | null
  status: string
}

export interface Step {
  id: number
  x: number
  score: number
  operator: string
}

export interface Picture {
  steps: Step[]
  dots: Dot[]
  /** The best of each island, by its index. */
  islands: Map<number, [number, number | null][]>
  /** How far the run has come on the axis. */
  end: number
}

export interface Row {
  id: number
  x: number
  score: number | null
  status: string
  best: number | null
  gain: boolean
}

/** Where a run stood on the axis; null where that is not known. */
export type Moment = { evals: number; seconds: number; usd: number | null }

export function xOf(axis: Axis, moment: Moment): number | null {
  return axis === 'evals' ? moment.evals : axis === 'seconds' ? moment.seconds : moment.usd
}

/** The moment of the scrubber: in the log, on the axis (null: not known there), and which candidates had their score. */
export interface Cut {
  at: number
  x: number | null
  there?: (id: number) => boolean
}

/** What is drawn. `detail` are the dots of a part of the axis, `gains` what the stream brought since; `cut` is where
 * the scrubber stands. */
export function picture(
  whole: CurveDocument,
  detail: CurveDocument | null,
  gains: readonly Gain[],
  end: number,
  cut: Cut | null,
): Picture {
  const axis = whole.x
  const steps: Step[] = []
  for (const { id, x, score, operator, seq } of whole.steps) {
    if (x !== null && score !== null && (!cut || seq <= cut.at)) steps.push({ id, x, score, operator })
  }
  if (axis !== 'usd') {
    for (const gain of [...gains].reverse()) {
      if (gain.seq <= whole.seq || gain.after === null || (cut && gain.seq > cut.at)) continue
      steps.push({ id: gain.id, x: axis === 'evals' ? gain.evals : gain.at, score: gain.after, operator: gain.operator })
    }
  }
  const limit = cut?.x ?? Infinity
  const source = detail ?? whole
  const { ids, x: xs, score: scores, status } = source.dots
  const dots: Dot[] = []
  for (let index = 0; index < ids.length; index++) {
    const x = xs[index]
    if (x === null || x === undefined || x > limit) continue
    if (cut?.there && !cut.there(ids[index] as number)) continue
    const said = source.statuses[status[index] as number] ?? 'ok'
    dots.push({ id: ids[index] as number, x, score: scores[index] ?? null, status: said })
  }
  const islands = new Map<number, [number, number | null][]>()
  for (const [index, line] of Object.entries(whole.islands)) islands.set(Number(index), line.filter(([x]) => x <= limit))
  return { steps, dots, islands, end: Math.min(end, limit) }
}

/** Columns for the chart: every series has a value at every x, as stairs; null before its first. */
export function columns(picture: Picture, islands: readonly number[]): (number | null)[][] {
  const lines: (readonly [number, number | null])[][] = [picture.steps.map(({ x, score }) => [x, score])]
  for (const index of islands) lines.push(picture.islands.get(index) ?? [])
  const xs = [...new Set([...lines.flat().map(([x]) => x), picture.end])].sort((a, b) => a - b)
  return [xs, ...lines.map((line) => stairs(xs, line))]
}

function stairs(xs: readonly number[], line: readonly (readonly [number, number | null])[]): (number | null)[] {
  let next = 0
  let value: number | null = null
  return xs.map((x) => {
    for (let step = line[next]; step && step[0] <= x; step = line[++next]) value = step[1]
    return value
  })
}

/** The scores that the axis shows: from the best to the seed or three of four candidates, unless `all` are wanted. */
export function scoreRange(picture: Picture, metric: Metric, all: boolean): [number, number] | null {
  const scores = picture.dots.map((dot) => dot.score).filter((score) => score !== null)
  const steps = picture.steps.map((step) => step.score)
  if (!scores.length && !steps.length) return null
  const sorted = [...scores, ...steps].sort((a, b) => (lowerIsBetter(metric) ? a - b : b - a))
  const best = sorted[0] as number
  const usual = sorted[Math.floor((sorted.length - 1) * 0.75)] as number
  const first = steps[0]
  let worst = all ? (sorted.at(-1) as number) : usual
  if (!all && first !== undefined && better(metric, worst, first)) worst = first
  return best < worst ? [best, worst] : [worst, best]
}

/** The candidate that is nearest to a place on the screen, if one is within `reach` pixels. */
export function nearest(
  picture: Picture,
  at: { x: number; y: number },
  place: (x: number, score: number | null) => { x: number; y: number },
  reach = 12,
): Dot | null {
  let found: Dot | null = null
  let least = reach * reach
  const look = (dot: Dot, favour: number): void => {
    const { x, y } = place(dot.x, dot.score)
    const far = ((x - at.x) ** 2 + (y - at.y) ** 2) * favour
    if (far <= least) {
      least = far
      found = dot
    }
  }
  for (const dot of picture.dots) look(dot, 1)
  for (const step of picture.steps) look({ ...step, status: 'ok' }, 0.5)
  return found
}

/** All that the chart shows as rows, in the order of the axis. */
export function rowsOf(picture: Picture): Row[] {
  const gains = new Set(picture.steps.map((step) => step.id))
  const rows: Row[] = picture.dots
    .filter((dot) => !gains.has(dot.id))
    .map((dot) => ({ ...dot, best: null, gain: false }))
  for (const step of picture.steps) rows.push({ id: step.id, x: step.x, score: step.score, status: 'ok', best: step.score, gain: true })
  rows.sort((a, b) => a.x - b.x || a.id - b.id)
  let best: number | null = null
  for (const row of rows) {
    if (row.gain) best = row.score
    row.best = best
  }
  return rows
}

export const AXES: Record<Axis, { label: string; unit: string }> = {
  evals: { label: 'evaluations', unit: 'evaluation' },
  usd: { label: 'money', unit: 'USD' },
  seconds: { label: 'seconds', unit: 'active seconds' },
}

export function xText(axis: Axis, x: number): string {
  return axis === 'evals' ? count(Math.round(x)) : axis === 'usd' ? usd(x) : clock(x)
}

/** Words under the mouse. */
export function said(dot: Dot, metric: Metric, axis: Axis): string {
  const score = dot.score === null ? dot.status : bare(metric, dot.score) + (metric.unit ? ` ${metric.unit}` : '')
  return `${dot.id}   ${score}   at ${axis === 'evals' ? 'evaluation ' : ''}${xText(axis, dot.x)}`
}

/** As many decimals as tell the marks of an axis apart. */
export function mark(value: number, step: number): string {
  const digits = Math.min(8, Math.max(0, -Math.floor(Math.log10(Math.abs(step) || 1) + 1e-9)))
  return value.toFixed(digits).replace('-', '−')
}
