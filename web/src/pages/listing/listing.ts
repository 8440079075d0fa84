/** The runs as rows: filtered, sorted, and drawn small. */
import type { RunMeta, RunsDocument, SummaryBody } from '../../lib/contract'
import { better } from '../../lib/format'

export interface Line {
  name: string
  summary: SummaryBody
  meta: RunMeta
  spark: number[]
}

export const SORTS = ['name', 'problem', 'recipe', 'state', 'best', 'gain', 'evals', 'usd', 'seconds', 'created'] as const
export type SortKey = (typeof SORTS)[number]

export function linesOf(document: RunsDocument): Line[] {
  return document.runs.map((summary) => ({
    name: summary.run,
    summary,
    meta: document.meta[summary.run] ?? {},
    spark: document.sparks[summary.run] ?? [],
  }))
}

/** Lines that have every word somewhere: in the name, label, note, tags, problem, recipe or state. `tag:x`, `state:x`,
 * `recipe:x` and `problem:x` look in one place. */
export function matching(lines: readonly Line[], query: string, archived: boolean): Line[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return lines.filter((line) => (archived || !line.meta.archived) && words.every((word) => has(line, word)))
}

function has({ name, summary, meta }: Line, word: string): boolean {
  const tags = (meta.tags ?? []).map((tag) => tag.toLowerCase())
  const [field, value] = word.includes(':') ? word.split(/:(.*)/s) : ['', word]
  const places: Record<string, string[]> = {
    tag: tags,
    state: [summary.state.name],
    recipe: [summary.recipe],
    problem: [summary.problem],
  }
  const looked = places[field ?? ''] ?? [name, meta.label ?? '', meta.note ?? '', summary.problem, summary.recipe, summary.state.name, ...tags]
  const wanted = field && !(field in places) ? word : (value ?? '')
  return looked.some((each) => each.toLowerCase().includes(wanted))
}

/** How much better the best is than the seed, as a share of the seed; null where one of them is not known. */
export function gainOf({ best, seed, metric }: SummaryBody): number | null {
  if (best?.score == null || seed?.score == null || seed.score === 0) return null
  const share = (best.score - seed.score) / Math.abs(seed.score)
  return metric.direction === 'minimize' ? -share : share
}

export function sorted(lines: readonly Line[], key: SortKey, descending: boolean): Line[] {
  const sign = descending ? -1 : 1
  return [...lines].sort((a, b) => {
    const [left, right] = [valueOf(a, key), valueOf(b, key)]
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1 // unknown comes last
    if (typeof left === 'string' || typeof right === 'string') return sign * String(left).localeCompare(String(right), 'en', { numeric: true })
    return sign * (left - right)
  })
}

function valueOf({ name, summary, meta }: Line, key: SortKey): string | number | null {
  switch (key) {
    case 'name':
      return meta.label || name
    case 'problem':
      return summary.problem
    case 'recipe':
      return summary.recipe
    case 'state':
      return summary.state.name
    case 'best':
      return summary.best?.score ?? null
    case 'gain':
      return gainOf(summary)
    case 'evals':
      return summary.evals
    case 'usd':
      return summary.cost.known || summary.cost.usd ? summary.cost.usd : null
    case 'seconds':
      return summary.seconds
    case 'created':
      return summary.created
  }
}

/** A line of `values` in a box, better scores higher: the path of an SVG. */
export function sparkPath(values: readonly number[], summary: SummaryBody, width: number, height: number): string {
  if (values.length < 2) return ''
  const low = Math.min(...values)
  const high = Math.max(...values)
  const up = better(summary.metric, 1, 0)
  const y = (value: number): number => {
    const share = high === low ? 0.5 : (value - low) / (high - low)
    return 1 + (height - 2) * (up ? 1 - share : share)
  }
  const x = (index: number): number => (index * width) / (values.length - 1)
  return values.map((value, index) => `${index ? `H${x(index).toFixed(1)}V` : `M0 `}${y(value).toFixed(1)}`).join('')
}
