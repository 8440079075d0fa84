/** The path that `[` and `]` walk: it stays the same while one goes back and forth on it. */
const trails = new Map<string, number[]>()

/** The path through this candidate: the one walked last if it is on it, else the one that leads to it. */
export function trailOf(run: string, id: number, path: readonly number[]): readonly number[] {
  const walked = trails.get(run)
  if (walked?.includes(id)) return walked
  const fresh = path.at(-1) === id ? [...path] : [...path, id]
  trails.set(run, fresh)
  return fresh
}

/** The neighbours of the candidate on the path; null at its ends. */
export function beside(trail: readonly number[], id: number): { before: number | null; after: number | null } {
  const at = trail.indexOf(id)
  return { before: at < 1 ? null : (trail[at - 1] ?? null), after: at < 0 ? null : (trail[at + 1] ?? null) }
}

/** The path goes on from its end to one of the children. */
export function lengthen(run: string, id: number, child: number): void {
  const trail = trails.get(run)
  if (trail?.at(-1) === id) trails.set(run, [...trail, child])
}

/** For tests, and where the run is another one of the same name. */
export function forget(): void {
  trails.clear()
}
