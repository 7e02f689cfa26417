/** What every record has, whatever it is about. */
export interface Stored {
  readonly id: string
  readonly createdAt: string
}

export type Saved<D extends object> = D & Stored

/** Keeps records of one kind. It answers with promises, so that a server can take its place. */
export interface Repository<D extends object> {
  list(): Promise<readonly Saved<D>[]>
  add(draft: D): Promise<Saved<D>>
  addAll(drafts: readonly D[]): Promise<void>
  update(id: string, changes: Partial<D>): Promise<Saved<D>>
  remove(id: string): Promise<void>
  /** Has everybody read again who shows records. */
  refresh(): void
  subscribe(listener: () => void): () => void
}

function newId(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`
}

/** A repository in the browser's storage. The examples are written on the first visit only. */
export function createRepository<D extends object>(name: string, examples: () => readonly D[]): Repository<D> {
  const key = `records:${name}`
  const listeners = new Set<() => void>()

  function read(): readonly Saved<D>[] {
    const text = localStorage.getItem(key)
    if (text === null) {
      const createdAt = new Date().toISOString()
      const first = examples().map((draft, at) => ({ ...draft, id: `${name}-${at + 1}`, createdAt }))
      localStorage.setItem(key, JSON.stringify(first))
      return first
    }

    let records: unknown
    try {
      records = JSON.parse(text)
    } catch {
      throw new Error(`What was saved under “${name}” can’t be read.`)
    }
    if (!Array.isArray(records)) throw new Error(`What was saved under “${name}” is not a list.`)
    return records as Saved<D>[]
  }

  function write(records: readonly Saved<D>[]): void {
    localStorage.setItem(key, JSON.stringify(records))
    refresh()
  }

  function refresh(): void {
    for (const listener of [...listeners]) listener()
  }

  function saved(draft: D): Saved<D> {
    return { ...draft, id: newId(), createdAt: new Date().toISOString() }
  }

  return {
    async list() {
      return read()
    },
    async add(draft) {
      const record = saved(draft)
      write([...read(), record])
      return record
    },
    async addAll(drafts) {
      write([...read(), ...drafts.map(saved)])
    },
    async update(id, changes) {
      const records = read()
      const before = records.find((record) => record.id === id)
      if (before === undefined) throw new Error('It was deleted in the meantime.')
      const after = { ...before, ...changes }
      write(records.map((record) => (record.id === id ? after : record)))
      return after
    },
    async remove(id) {
      write(read().filter((record) => record.id !== id))
    },
    refresh,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
