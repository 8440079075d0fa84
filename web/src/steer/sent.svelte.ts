/** The commands that were sent to the run on the page, and what became of each. */
import { untrack } from 'svelte'
import { announce } from '../lib/announce.svelte'
import { ApiError, get, isExport, of, post } from '../lib/api'
import type { CommandDocument, Document, Json, SummaryBody, Verb } from '../lib/contract'
import { before } from './budget'
import { fate, reverse, told } from './effects'

interface CommandsDocument extends Document {
  commands: CommandDocument[]
  pins?: number[]
  bans?: number[]
}

/** One that was sent from this page. `limits`: those that a change of the budget replaced. */
export interface Sent {
  command: CommandDocument
  limits: Record<string, Json> | null
  undone: boolean
}

const LOOK = 400 // milliseconds between two looks at what waits

let run = $state('')
let list = $state.raw<readonly Sent[]>([])
let pins = $state.raw<readonly number[]>([])
let bans = $state.raw<readonly number[]>([])
let timer: ReturnType<typeof setTimeout> | undefined

export const sent = {
  get list(): readonly Sent[] {
    return list
  },
  get pins(): readonly number[] {
    return pins
  },
  get bans(): readonly number[] {
    return bans
  },
  /** Which run the commands are for; what was sent to another is forgotten. */
  follow(name: string): void {
    if (untrack(() => run) === name || isExport()) return
    run = name
    list = []
    pins = []
    bans = []
    untrack(() => void standing())
  },
  /** Into the run's inbox. Raises ApiError with the server's sentence. */
  async send(verb: Verb, args: Record<string, Json>, summary: SummaryBody | null): Promise<void> {
    const limits = verb === 'budget' && summary ? before(args, summary.budget, summary.metric) : null
    const command = await post<CommandDocument>(of(run, 'commands'), { verb, args })
    list = [...list, { command, limits, undone: false }]
    announce(`${told(command.verb, command.args)}: ${fate(command, summary)}`)
    look()
  },
  /** Send the reverse of it. Raises ApiError. */
  async undo(each: Sent, summary: SummaryBody | null): Promise<void> {
    const back = reverse(each.command.verb, each.command.args, each.limits)
    if (!back) return
    await sent.send(back.verb, back.args, summary)
    list = list.map((one) => (one.command.id === each.command.id ? { ...one, undone: true } : one))
  },
  dismiss(id: number): void {
    list = list.filter((each) => each.command.id !== id)
  },
}

function look(): void {
  clearTimeout(timer)
  if (list.some((each) => each.command.state === 'queued')) timer = setTimeout(() => void again(), LOOK)
}

async function again(): Promise<void> {
  const asked = run
  const waiting = list.filter((each) => each.command.state === 'queued')
  try {
    const found = await Promise.all(waiting.map((each) => get<CommandDocument>(of(asked, `commands/${each.command.id}`))))
    if (asked !== run) return
    const changed = found.filter((each) => each.state !== 'queued')
    if (changed.length) settle(changed)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error // the server is gone: it is looked at again
  }
  look()
}

function settle(changed: readonly CommandDocument[]): void {
  list = list.map((each) => {
    const command = changed.find((one) => one.id === each.command.id)
    return command ? { ...each, command } : each
  })
  for (const each of changed) announce(`${told(each.verb, each.args)}: ${fate(each, null)}`)
  if (changed.some((each) => ['pin', 'unpin', 'ban', 'unban'].includes(each.verb))) void standing()
}

/** What is pinned and banned now. Without an answer the buttons just offer what the engine may then refuse. */
async function standing(): Promise<void> {
  const asked = run
  try {
    const found = await get<CommandsDocument>(of(asked, 'commands'))
    if (asked !== run) return
    pins = found.pins ?? []
    bans = found.bans ?? []
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}
