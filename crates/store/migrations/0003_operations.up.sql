-- What runs around the ledger: transfers, counts, orders, keys, jobs, imports.

CREATE TABLE transfer (
  id UUID PRIMARY KEY,
  from_site BIGINT NOT NULL REFERENCES site (id),
  to_site BIGINT NOT NULL REFERENCES site (id),
  status TEXT NOT NULL CHECK (status IN ('sending', 'sent', 'partial', 'received')),
  note TEXT NOT NULL,
  actor TEXT NOT NULL,
  sent_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (from_site <> to_site)
) WITHOUT ROWID;
CREATE INDEX transfer_to_site ON transfer (to_site, status);

CREATE TABLE transfer_line (
  transfer UUID NOT NULL REFERENCES transfer (id),
  line BIGINT NOT NULL,
  product BIGINT NOT NULL REFERENCES product (id),
  lot BIGINT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  value BIGINT NOT NULL,
  received BIGINT NOT NULL CHECK (received >= 0),
  received_value BIGINT NOT NULL,
  PRIMARY KEY (transfer, line),
  CHECK (received <= quantity)
) WITHOUT ROWID;

CREATE TABLE transfer_receipt (
  transfer UUID NOT NULL REFERENCES transfer (id),
  posting UUID NOT NULL,
  applied BIGINT NOT NULL CHECK (applied IN (0, 1)),
  begun_at BIGINT NOT NULL,
  PRIMARY KEY (transfer, posting)
) WITHOUT ROWID;

CREATE TABLE count_sheet (
  id UUID PRIMARY KEY,
  site BIGINT NOT NULL REFERENCES site (id),
  location BIGINT NOT NULL REFERENCES location (id),
  status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  blind BIGINT NOT NULL CHECK (blind IN (0, 1)),
  note TEXT NOT NULL,
  actor TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  closed_at BIGINT,
  version BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX count_sheet_site ON count_sheet (site, opened_at);

CREATE TABLE count_line (
  sheet UUID NOT NULL REFERENCES count_sheet (id),
  line BIGINT NOT NULL,
  product BIGINT NOT NULL REFERENCES product (id),
  lot BIGINT NOT NULL,
  counted BIGINT NOT NULL CHECK (counted >= 0),
  counted_at BIGINT NOT NULL,
  counted_seq BIGINT NOT NULL,
  expected BIGINT,
  first_counted BIGINT,
  actor TEXT NOT NULL,
  recount BIGINT NOT NULL CHECK (recount IN (0, 1)),
  PRIMARY KEY (sheet, line)
) WITHOUT ROWID;

CREATE TABLE purchase_order (
  id UUID PRIMARY KEY,
  supplier BIGINT NOT NULL REFERENCES supplier (id),
  number TEXT NOT NULL,
  status TEXT NOT NULL,
  note TEXT NOT NULL,
  ordered_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX purchase_order_supplier ON purchase_order (supplier, ordered_at);

CREATE TABLE purchase_order_line (
  purchase_order UUID NOT NULL REFERENCES purchase_order (id),
  line BIGINT NOT NULL,
  product BIGINT NOT NULL REFERENCES product (id),
  quantity BIGINT NOT NULL,
  unit_cost BIGINT,
  note TEXT NOT NULL,
  PRIMARY KEY (purchase_order, line)
) WITHOUT ROWID;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  secret_hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT
) WITHOUT ROWID;

CREATE TABLE idempotency (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  request BYTEA NOT NULL,
  status BIGINT,
  headers TEXT NOT NULL,
  body BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE job (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  done BIGINT NOT NULL,
  total BIGINT,
  result TEXT,
  problem TEXT,
  actor TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  beats BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX job_created ON job (created_at);
CREATE INDEX job_open ON job (status) WHERE status IN ('queued', 'running');

CREATE TABLE import_profile (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  mapping TEXT NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE import_error (
  job UUID NOT NULL REFERENCES job (id),
  position BIGINT NOT NULL,
  row_number BIGINT NOT NULL,
  column_name TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (job, position)
) WITHOUT ROWID;
