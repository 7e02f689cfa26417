import { cleanup, configure } from '@testing-library/react'
import { afterEach, beforeEach } from 'vitest'

configure({ asyncUtilTimeout: 5000 })

beforeEach(() => {
  localStorage.clear()
  window.location.hash = ''
})

afterEach(cleanup)
