import { useId } from 'react'

/** A labelled choice above a list; nothing chosen keeps everything. */
export function Filter(props: {
  label: string
  value: string
  any?: string
  options: readonly { readonly value: string; readonly name: string }[]
  onChange(value: string): void
}) {
  const id = useId()
  return (
    <div className="filter">
      <label htmlFor={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        {props.any !== undefined && <option value="">{props.any}</option>}
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </div>
  )
}

export function Search(props: { label: string; value: string; onChange(value: string): void }) {
  const id = useId()
  return (
    <div className="filter search">
      <label htmlFor={id}>{props.label}</label>
      <input id={id} type="search" value={props.value} onChange={(event) => props.onChange(event.target.value)} />
    </div>
  )
}
