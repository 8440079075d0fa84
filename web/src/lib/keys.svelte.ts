import { untrack } from 'svelte'

/** The keys of the page: each is bound by who answers to it, and the list behind "?" is what is bound now. */
export interface Key {
  /** As a person reads it: "g o", "/", "j", "?", "Escape", "Shift+A". A space is `space`. */
  keys: string
  what: string
  group?: string
  run: () => void
  /** Works in fields too (Escape does). */
  inFields?: boolean
}

const PATIENCE = 1200 // milliseconds between "g" and "o"

let bound = $state.raw<readonly Key[]>([])
let pending = ''
let since = 0

export const keys = {
  get list(): readonly Key[] {
    return bound
  },
}

/** Binds keys; the latest binding of a key wins. Returns what unbinds them: `$effect(() => bind([...]))`. */
export function bind(added: readonly Key[]): () => void {
  bound = [...untrack(() => bound), ...added] // the effect that binds must not follow the list
  return () => {
    bound = bound.filter((each) => !added.includes(each))
  }
}

/** Listens. Returns what ends it. */
export function startKeys(): () => void {
  const press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (document.querySelector('dialog[open]')) return // it has the keys, and Escape closes it
    const key = nameOf(event)
    if (!key) return
    const late = performance.now() - since > PATIENCE
    const typed = pending && !late ? `${pending} ${key}` : key
    const field = inField(event.target)
    const fits = (each: Key): boolean => (!field || each.inFields === true) && !taken(event.target, key)
    const found = bound.findLast((each) => each.keys === typed && fits(each))
    const begins = !field && bound.some((each) => each.keys.startsWith(`${typed} `))
    pending = begins ? typed : ''
    since = performance.now()
    if (!found) return
    event.preventDefault()
    found.run()
  }
  window.addEventListener('keydown', press)
  return () => window.removeEventListener('keydown', press)
}

function nameOf(event: KeyboardEvent): string {
  if (event.key === ' ') return 'space'
  if (['Shift', 'Control', 'Alt', 'Meta', 'Dead'].includes(event.key)) return ''
  return event.key
}

function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  if (target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)
}

/** Keys that a focused control answers itself: a button its space and Enter, a slider its arrows. */
function taken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false
  if (key === 'space' || key === 'Enter') {
    return target.closest('button, a[href], summary, input:not([type=range]), select, [role=button], [role=tab]') !== null
  }
  return false
}
