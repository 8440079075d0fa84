/** The island that every page shows, by the address: `?island=2`, as people count. */
import { route, setQuery } from './router.svelte'

/** From 0, as the store counts; null for all of them. */
export function chosenIsland(): number | null {
  const word = route.query.get('island')
  const number = Number(word)
  return word && Number.isInteger(number) && number >= 1 ? number - 1 : null
}

/** null: all of them again. */
export function chooseIsland(index: number | null): void {
  setQuery({ island: index === null ? null : index + 1 })
}
