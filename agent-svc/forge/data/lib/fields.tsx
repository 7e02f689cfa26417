import { useId, type ReactNode } from 'react'

interface FieldProps<V> {
  label: string
  value: V
  onChange(value: V): void
  error?: string | undefined
  required?: boolean
}

interface Named {
  readonly id: string
  readonly name: string
}

function Field(props: { id: string; label: string; error: string | undefined; required: boolean; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={props.id} data-required={props.required ? '' : undefined}>
        {props.label}
      </label>
      {props.children}
      {props.error !== undefined && (
        <p className="problem" id={`${props.id}-problem`}>
          {props.error}
        </p>
      )}
    </div>
  )
}

function describe(id: string, error: string | undefined) {
  return { id, 'aria-invalid': error !== undefined, 'aria-describedby': error === undefined ? undefined : `${id}-problem` }
}

type TextType = 'text' | 'date' | 'time' | 'email' | 'tel' | 'url'

export function TextField(props: FieldProps<string> & { type?: TextType }) {
  const id = useId()
  return (
    <Field id={id} label={props.label} error={props.error} required={props.required === true}>
      <input
        {...describe(id, props.error)}
        type={props.type ?? 'text'}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Field>
  )
}

export function LongTextField(props: FieldProps<string>) {
  const id = useId()
  return (
    <Field id={id} label={props.label} error={props.error} required={props.required === true}>
      <textarea
        {...describe(id, props.error)}
        rows={4}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </Field>
  )
}

export function NumberField(props: FieldProps<number | null>) {
  const id = useId()
  return (
    <Field id={id} label={props.label} error={props.error} required={props.required === true}>
      <input
        {...describe(id, props.error)}
        type="number"
        step="any"
        value={props.value ?? ''}
        onChange={(event) => props.onChange(event.target.value === '' ? null : Number(event.target.value))}
      />
    </Field>
  )
}

export function ChoiceField<V extends string>(props: FieldProps<V> & { options: readonly V[] }) {
  const id = useId()
  return (
    <Field id={id} label={props.label} error={props.error} required={props.required === true}>
      <select
        {...describe(id, props.error)}
        value={props.value}
        onChange={(event) => {
          const chosen = props.options.find((option) => option === event.target.value)
          if (chosen !== undefined) props.onChange(chosen)
        }}
      >
        {props.options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </Field>
  )
}

/** Chooses one of other records. */
export function RecordField(props: FieldProps<string> & { options: readonly Named[] }) {
  const id = useId()
  return (
    <Field id={id} label={props.label} error={props.error} required={props.required === true}>
      <select {...describe(id, props.error)} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        <option value="">Choose…</option>
        {props.options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.name}
          </option>
        ))}
      </select>
    </Field>
  )
}

export function YesNoField(props: FieldProps<boolean>) {
  const id = useId()
  return (
    <div className="field yes-no">
      <input
        id={id}
        type="checkbox"
        checked={props.value}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <label htmlFor={id}>{props.label}</label>
    </div>
  )
}
