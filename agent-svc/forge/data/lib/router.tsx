import { useSyncExternalStore, type MouseEvent, type ReactElement, type ReactNode } from 'react'

export interface Route {
  /** `/books/:id` takes any id. */
  readonly path: string
  readonly title: string
  page(id: string): ReactElement
}

const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('hashchange', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('hashchange', listener)
  }
}

function currentPath(): string {
  const path = window.location.hash.replace(/^#/, '')
  return path === '' ? '/' : path
}

/** Shows another page. */
export function go(path: string): void {
  window.location.hash = `#${path}`
  for (const listener of [...listeners]) listener()
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, currentPath)
}

/** The first route whose path is that of the address, with the id in it. */
export function findRoute(routes: readonly Route[], path: string): { route: Route; id: string } | undefined {
  const parts = path.split('/')
  for (const route of routes) {
    const pattern = route.path.split('/')
    if (pattern.length !== parts.length) continue
    if (!pattern.every((part, at) => part === ':id' || part === parts[at])) continue
    return { route, id: parts[pattern.indexOf(':id')] ?? '' }
  }
  return undefined
}

export function Link(props: { to: string; className?: string; current?: boolean; children: ReactNode }) {
  function follow(event: MouseEvent) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    go(props.to)
  }

  return (
    <a
      href={`#${props.to}`}
      className={props.className}
      aria-current={props.current === true ? 'page' : undefined}
      onClick={follow}
    >
      {props.children}
    </a>
  )
}
