-- What waits for a second person, and what became of it.

CREATE TABLE approval (
  id UUID PRIMARY KEY,
  -- The posting it would become, which its caller chose.
  posting UUID NOT NULL,
  digest BYTEA NOT NULL,
  site BIGINT NOT NULL REFERENCES site (id),
  kind BIGINT NOT NULL REFERENCES posting_kind (code),
  -- The posting as it was sent.
  draft TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  -- Which limit it passes, and by what.
  passed TEXT NOT NULL CHECK (passed IN ('worth', 'age', 'both')),
  worth BIGINT NOT NULL,
  days_back BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'granted', 'refused', 'expired')),
  decided_at BIGINT,
  decided_by TEXT NOT NULL,
  answer TEXT NOT NULL,
  CHECK ((state = 'pending') = (decided_at IS NULL))
) WITHOUT ROWID;
-- A posting waits once at a time.
CREATE UNIQUE INDEX approval_waiting ON approval (posting) WHERE state = 'pending';
CREATE INDEX approval_posting ON approval (posting, asked_at);
CREATE INDEX approval_asked ON approval (asked_at, id);
CREATE INDEX approval_due ON approval (expires_at) WHERE state = 'pending';
