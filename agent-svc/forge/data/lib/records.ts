import { useCallback, useEffect, useState } from 'react'
import type { Repository, Saved } from './repository'

/** How far reading has come. */
export interface Load {
  readonly state: 'loading' | 'failed' | 'ready'
  readonly message: string
  retry(): void
}

export interface Records<D extends object> extends Load {
  readonly items: readonly Saved<D>[]
}

/** All records of a repository, read again whenever one changes. */
export function useRecords<D extends object>(repository: Repository<D>): Records<D> {
  const [items, setItems] = useState<readonly Saved<D>[]>([])
  const [state, setState] = useState<Load['state']>('loading')
  const [message, setMessage] = useState('')

  const read = useCallback(() => {
    repository.list().then(
      (found) => {
        setItems(found)
        setState('ready')
      },
      (error: unknown) => {
        setMessage(error instanceof Error ? error.message : 'The data can’t be read.')
        setState('failed')
      },
    )
  }, [repository])

  useEffect(() => {
    read()
    return repository.subscribe(read)
  }, [repository, read])

  return { items, state, message, retry: repository.refresh }
}
