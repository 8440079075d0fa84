/** Which runs are compared and under which names, as the address has it. */
import type { Axis, SummaryBody } from '../../lib/contract'

export const AXES: readonly Axis[] = ['evals', 'usd', 'seconds']
export const WORDS: Record<Axis, string> = { evals: 'evaluations', usd: 'US dollars', seconds: 'seconds' }
export const MOST = 200 // runs that are taken without being asked for

export interface Choice {
  runs: string[]
  x: Axis
  cut: number | null
  target: number | null
  reference: string | null
  /** Names of groups of one's own, by run. */
  groups: Map<string, string>
  /** Nobody chose the runs: what cannot be compared with the first is left out instead of refused. */
  usual: boolean
}

export function choiceOf(query: URLSearchParams, usual: readonly string[]): Choice {
  const number = (name: string): number | null => {
    const word = query.get(name)
    return word === null || word.trim() === '' || !Number.isFinite(Number(word)) ? null : Number(word)
  }
  const groups = new Map<string, string>()
  for (const each of (query.get('groups') ?? '').split(',')) {
    const colon = each.indexOf(':')
    if (colon > 0) groups.set(each.slice(0, colon), each.slice(colon + 1))
  }
  const given = query.get('runs')
  return {
    runs: given === null ? [...usual] : given.split(',').filter(Boolean),
    x: AXES.find((each) => each === query.get('x')) ?? 'evals',
    cut: number('cut'),
    target: number('target'),
    reference: query.get('reference'),
    groups,
    usual: given === null,
  }
}

/** The question to the server; null where nothing is chosen. */
export function pathOf({ runs, x, cut, target, reference, groups, usual }: Choice): string | null {
  if (!runs.length) return null
  const words = new URLSearchParams({ runs: runs.join(','), x })
  if (cut !== null) words.set('cut', String(cut))
  if (target !== null) words.set('target', String(target))
  if (reference !== null) words.set('reference', reference)
  if (usual) words.set('alike', 'yes')
  const named = asText(groups, runs)
  if (named) words.set('groups', named)
  return `/api/compare?${words.toString()}`
}

/** "run:name,run:name" of the runs that are there. A name has no comma. */
export function asText(groups: ReadonlyMap<string, string>, runs: readonly string[]): string {
  return runs.flatMap((run) => (groups.get(run) ? [`${run}:${groups.get(run)?.replaceAll(',', ' ')}`] : [])).join(',')
}

/** What is compared where nobody says: the run, and those of its problem, the newest first. */
export function usualRuns(all: readonly SummaryBody[], run: string | null): string[] {
  const here = all.find((each) => each.run === run)
  if (!here) return []
  const alike = all.filter((each) => each.problem === here.problem && each.best !== null)
  const others = alike.filter((each) => each.run !== run).map((each) => each.run)
  return [here.run, ...others].slice(0, MOST)
}
