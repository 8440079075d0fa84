/** Time as a control of the whole page: `?at=SEQ` of the address, null for now. */
import { route, setQuery } from './router.svelte'

const SETTLED = 150 // milliseconds after which a moment goes into the address: a browser limits how often it may

// Not taken from the address at every step: while somebody drags, the address waits.
let dragged = $state<number | null | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

export const time = {
  get at(): number | null {
    if (dragged !== undefined) return dragged
    const word = route.query.get('at')
    if (word === null) return null
    const seq = Number(word)
    return word !== '' && Number.isInteger(seq) && seq >= 0 ? seq : null
  },
  /** Go to a moment; null: to now, and stay there while it moves. */
  go(seq: number | null): void {
    dragged = seq
    clearTimeout(timer)
    timer = setTimeout(() => {
      setQuery({ at: seq })
      dragged = undefined
    }, SETTLED)
  },
}
