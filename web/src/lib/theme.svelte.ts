/** Light, dark, or as the system has it. The choice is kept where the browser keeps anything. */
export type Choice = 'system' | 'light' | 'dark'
export type Shade = 'light' | 'dark'

const KEY = 'speciate-theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')

let choice = $state<Choice>(kept())
let dark = $state(system.matches)

system.addEventListener('change', (event) => (dark = event.matches))

function kept(): Choice {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

export const theme = {
  get choice(): Choice {
    return choice
  },
  /** What is on the screen. */
  get shade(): Shade {
    return choice === 'system' ? (dark ? 'dark' : 'light') : choice
  },
  choose(next: Choice): void {
    choice = next
    try {
      localStorage.setItem(KEY, next)
    } catch {
      // It lives as long as the page.
    }
  },
  next(): void {
    theme.choose(choice === 'system' ? 'light' : choice === 'light' ? 'dark' : 'system')
  },
}

/** Whether the person asked for little movement. */
export function calm(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches
}
