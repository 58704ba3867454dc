-- People who use the program: who they are, how they prove it, where they are in.

CREATE TABLE person (
  id UUID PRIMARY KEY,
  -- Stands for the person wherever something is written down for good; names nobody.
  code TEXT NOT NULL UNIQUE,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  every_site BIGINT NOT NULL CHECK (every_site IN (0, 1)),
  language TEXT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  seen_at BIGINT,
  disabled_at BIGINT,
  version BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE person_site (
  person UUID NOT NULL REFERENCES person (id),
  site BIGINT NOT NULL REFERENCES site (id),
  PRIMARY KEY (person, site)
) WITHOUT ROWID;

CREATE TABLE person_password (
  person UUID PRIMARY KEY REFERENCES person (id),
  -- As argon2 writes it (PHC string).
  hash TEXT NOT NULL,
  set_at BIGINT NOT NULL,
  -- Somebody else chose it: it opens nothing but its own replacement.
  one_time BIGINT NOT NULL CHECK (one_time IN (0, 1)),
  usable_until BIGINT
) WITHOUT ROWID;

-- The shared secret itself is kept encrypted, elsewhere.
CREATE TABLE person_factor (
  person UUID PRIMARY KEY REFERENCES person (id),
  -- NULL while it is being set up.
  since BIGINT,
  -- The last step of time a code of which was used: none is used twice.
  last_step BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE person_recovery (
  person UUID NOT NULL REFERENCES person (id),
  code_hash BYTEA NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (person, code_hash)
) WITHOUT ROWID;

CREATE TABLE person_session (
  id UUID PRIMARY KEY,
  person UUID NOT NULL REFERENCES person (id),
  token_hash BYTEA NOT NULL UNIQUE,
  -- Whether everything that was asked for was proved.
  passed BIGINT NOT NULL CHECK (passed IN (0, 1)),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX person_session_person ON person_session (person, created_at);
CREATE INDEX person_session_seen ON person_session (seen_at);

-- One row for each account or address that failed of late, with the instants of its last failures.
CREATE TABLE login_failure (
  subject TEXT PRIMARY KEY,
  times BYTEA NOT NULL,
  latest BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX login_failure_latest ON login_failure (latest);
