import { createContext, useContext, useState, type ReactNode } from 'react'

__ROLES__

const KEY = 'role'

function remembered(): Role {
  const saved = localStorage.getItem(KEY)
  return roles.find((role) => role === saved) ?? roles[0]
}

const Context = createContext<{ role: Role; setRole(role: Role): void }>({ role: roles[0], setRole: () => undefined })

/** Remembers who works here. It keeps nobody out: a page without a server can’t. */
export function RoleProvider({ children }: { children: ReactNode }) {
  const [role, setRole] = useState<Role>(remembered)
  function change(next: Role) {
    localStorage.setItem(KEY, next)
    setRole(next)
  }
  return <Context value={{ role, setRole: change }}>{children}</Context>
}

export function useRole() {
  return useContext(Context)
}
