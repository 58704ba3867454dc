-- What people asked for about what is kept of them, and what came of it.

CREATE TABLE privacy_request (
  id UUID PRIMARY KEY,
  person UUID NOT NULL REFERENCES person (id),
  -- Which of their rights.
  right_asked TEXT NOT NULL,
  note TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  asked_by TEXT NOT NULL,
  -- Until when the law wants it answered.
  due_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused')),
  answer TEXT NOT NULL,
  closed_at BIGINT,
  closed_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX privacy_request_person ON privacy_request (person, asked_at);

-- Since when nothing that names somebody is kept of them.
ALTER TABLE person ADD COLUMN erased_at BIGINT;
