/** Limits as a person types them: "+3000" adds to a limit, "5000" is its new total, "none" lifts it. */
import type { Budget, Json, SummaryBody } from '../lib/contract'
import { bare, count, span, usd } from '../lib/format'

export type Limit = 'evals' | 'proposals' | 'seconds' | 'cpu' | 'cost' | 'tokens' | 'target' | 'patience'

export interface Field {
  name: Limit
  label: string
  example: string
  kind: 'count' | 'time' | 'money' | 'score'
}

export const FIELDS: readonly Field[] = [
  { name: 'evals', label: 'evaluations', example: '+1000', kind: 'count' },
  { name: 'proposals', label: 'proposals', example: '+1000', kind: 'count' },
  { name: 'seconds', label: 'time', example: '+30m', kind: 'time' },
  { name: 'cpu', label: 'CPU time', example: '+1h', kind: 'time' },
  { name: 'cost', label: 'US dollars', example: '+1.50', kind: 'money' },
  { name: 'tokens', label: 'tokens', example: '+100000', kind: 'count' },
  { name: 'target', label: 'target', example: '2.0', kind: 'score' },
  { name: 'patience', label: 'evaluations without a gain', example: '500', kind: 'count' },
]

/** What is typed that is no limit. */
export class LimitError extends Error {}

/** 90, 90s, 30m, 2h, 1h30m as seconds; null for anything else. */
export function seconds(text: string): number | null {
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s?)?$/u.exec(text.trim())
  if (!match || !match.slice(1).some(Boolean)) return null
  const [hours, minutes, left] = match.slice(1).map((part) => Number(part ?? 0))
  return 3600 * (hours ?? 0) + 60 * (minutes ?? 0) + (left ?? 0)
}

/** How much of a limit is used; null where that makes no sense. */
export function used(summary: SummaryBody, name: Limit): number | null {
  switch (name) {
    case 'evals':
      return summary.evals
    case 'proposals':
      return summary.proposals
    case 'seconds':
      return summary.seconds
    case 'cpu':
      return summary.cpu
    case 'cost':
      return summary.cost.usd
    case 'tokens':
      return summary.cost.tokens
    case 'patience':
      return summary.since_gain
    case 'target':
      return summary.best?.score ?? null
  }
}

/** A limit, or what is used of it, for people. */
export function shown(field: Field, summary: SummaryBody, value: number | null): string {
  if (value === null) return 'no limit'
  if (field.kind === 'time') return span(value)
  if (field.kind === 'money') return usd(value)
  return field.kind === 'score' ? bare(summary.metric, value) : count(value)
}

/** The new total of one limit, null for none. Raises LimitError. The target is the user's number. */
export function total(field: Field, typed: string, summary: SummaryBody): number | null {
  const text = typed.trim().replaceAll(/[,_]/gu, '').replace('−', '-')
  if (text.toLowerCase() === 'none') return null
  const adds = text.startsWith('+') && field.kind !== 'score' && field.name !== 'patience'
  const number = read(field, text.replace(/^\+/u, ''))
  if (!adds) return checked(field, number, summary)
  return (summary.budget[field.name] ?? used(summary, field.name) ?? 0) + number
}

function read(field: Field, text: string): number {
  const value = field.kind === 'time' ? seconds(text) : text === '' ? null : Number(text)
  const whole = field.kind !== 'count' || Number.isInteger(value)
  const fits = value !== null && Number.isFinite(value) && whole
  const least = field.kind === 'score' || (value !== null && (field.kind === 'money' ? value >= 0 : value > 0))
  if (fits && least) return value
  const kinds = { count: 'a whole number of at least 1', time: 'a time such as 90s, 30m or 2h', money: 'an amount in US dollars', score: 'a score' }
  throw new LimitError(`${field.label}: expected ${kinds[field.kind]}, or none`)
}

function checked(field: Field, number: number, summary: SummaryBody): number {
  const spent = used(summary, field.name)
  const counts = ['evals', 'proposals', 'tokens'].includes(field.name)
  if (counts && spent !== null && number <= spent) {
    throw new LimitError(`${field.label}: ${count(number)} would be the new total, and ${count(spent)} are used already; +${number} adds to it`)
  }
  return number
}

/** The arguments of the command: only what was typed, the target in the engine's direction. Raises LimitError. */
export function argsOf(typed: Partial<Record<Limit, string>>, summary: SummaryBody): Record<string, Json> {
  const args: Record<string, Json> = {}
  for (const field of FIELDS) {
    const text = typed[field.name]?.trim()
    if (!text) continue
    const value = total(field, text, summary)
    const sign = field.name === 'target' && summary.metric.direction === 'minimize' ? -1 : 1
    args[field.name] = value === null ? null : sign * value
  }
  return args
}

/** The arguments that bring these limits back to what they are now. */
export function before(args: Record<string, Json>, budget: Budget, metric: SummaryBody['metric']): Record<string, Json> {
  const sign = metric.direction === 'minimize' ? -1 : 1
  return Object.fromEntries(
    Object.keys(args).map((name) => {
      const value = budget[name as keyof Budget]
      return [name, name === 'target' && typeof value === 'number' ? sign * value : value]
    }),
  )
}

/** "evaluations 2,000 → 5,000, 3,694 to go", one for each limit. */
export function changes(args: Record<string, Json>, summary: SummaryBody): string[] {
  return FIELDS.filter((field) => field.name in args).map((field) => {
    const raw = args[field.name] as number | null
    const sign = field.name === 'target' && summary.metric.direction === 'minimize' ? -1 : 1
    const value = raw === null ? null : sign * raw
    const spent = used(summary, field.name)
    const left = value !== null && spent !== null && !['target', 'patience'].includes(field.name) ? value - spent : null
    const rest = left === null ? '' : left > 0 ? `, ${shown(field, summary, left)} to go` : ', which is used up: the run ends'
    return `${field.label} ${shown(field, summary, summary.budget[field.name])} → ${shown(field, summary, value)}${rest}`
  })
}
