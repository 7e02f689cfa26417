import { useState, type ReactNode } from 'react'
import type { Load } from './records'
import { Link } from './router'

/** What is shown while records are read, or when they can’t be. */
export function Waiting({ load }: { load: Load }) {
  if (load.state === 'failed') {
    return (
      <div className="state" role="alert">
        <h2>Something went wrong</h2>
        <p>{load.message}</p>
        <button type="button" onClick={load.retry}>
          Try again
        </button>
      </div>
    )
  }

  return (
    <p className="state" role="status">
      Loading…
    </p>
  )
}

/** What is shown where there is nothing to show. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** The page of a record or an address that isn’t there. */
export function NotFound({ what }: { what: string }) {
  return (
    <Empty title={`This ${what} isn’t here`}>
      <p>It may have been deleted, or the address is wrong.</p>
      <Link to="/" className="button">
        To the overview
      </Link>
    </Empty>
  )
}

/** A button that asks once more before it does what can’t be undone. */
export function Confirm(props: { label: string; question: string; refusal?: string | undefined; onConfirm(): void }) {
  const [asking, setAsking] = useState(false)

  if (!asking) {
    return (
      <button type="button" className="danger" onClick={() => setAsking(true)}>
        {props.label}
      </button>
    )
  }

  return (
    <div className="confirm" role="alertdialog" aria-label={props.label}>
      <p>{props.refusal ?? props.question}</p>
      {props.refusal === undefined && (
        <button type="button" className="danger" autoFocus onClick={props.onConfirm}>
          Yes, delete
        </button>
      )}
      <button type="button" className="quiet" onClick={() => setAsking(false)}>
        {props.refusal === undefined ? 'Keep it' : 'All right'}
      </button>
    </div>
  )
}
