//! Who you are: accounts, sessions, refresh tokens, API keys, external issuers, audit.
