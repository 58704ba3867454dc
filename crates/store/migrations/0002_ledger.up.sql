-- The ledger. Postings and movements are only ever added; what can be derived from them (balance, valuation, flows) is kept
-- in the same transaction that adds them.

CREATE TABLE chain (
  site BIGINT PRIMARY KEY REFERENCES site (id),
  seq BIGINT NOT NULL CHECK (seq >= 0),
  hash BYTEA NOT NULL,
  closed_through BIGINT,
  -- Moves on with every change to what postings are judged by: products, places, closed days.
  revision BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE lot (
  id BIGINT PRIMARY KEY,
  product BIGINT NOT NULL REFERENCES product (id),
  code TEXT NOT NULL,
  expires_on BIGINT NOT NULL,
  UNIQUE (product, code, expires_on)
) WITHOUT ROWID;

CREATE TABLE posting_kind (
  code BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
INSERT INTO posting_kind (code, name) VALUES
  (1, 'opening'), (2, 'receipt'), (3, 'sale'), (4, 'customer_return'), (5, 'supplier_return'), (6, 'move'),
  (7, 'transfer_out'), (8, 'transfer_in'), (9, 'waste'), (10, 'loss'), (11, 'found'), (12, 'count'),
  (13, 'production'), (14, 'consumption'), (15, 'correction');

CREATE TABLE posting (
  site BIGINT NOT NULL,
  seq BIGINT NOT NULL CHECK (seq > 0),
  id UUID NOT NULL UNIQUE,
  kind BIGINT NOT NULL,
  reference_kind TEXT NOT NULL,
  reference_number TEXT NOT NULL,
  actor TEXT NOT NULL,
  device TEXT NOT NULL,
  note TEXT NOT NULL,
  corrects UUID,
  effective_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  business_day BIGINT NOT NULL,
  digest BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (site, seq)
) WITHOUT ROWID;
CREATE INDEX posting_corrects ON posting (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX posting_day ON posting (site, business_day);

-- The tables every posting writes name their rows without foreign keys: one function writes them, with numbers it has just
-- read under the lock of the chain, and verification proves them; a key would cost each movement four look-ups.
CREATE TABLE movement (
  site BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  line BIGINT NOT NULL CHECK (line >= 0),
  product BIGINT NOT NULL,
  lot BIGINT NOT NULL,
  from_location BIGINT NOT NULL,
  to_location BIGINT NOT NULL,
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  value BIGINT NOT NULL,
  settled BIGINT NOT NULL,
  revenue BIGINT NOT NULL,
  on_hand_after BIGINT NOT NULL,
  PRIMARY KEY (site, seq, line),
  CHECK (from_location <> to_location)
) WITHOUT ROWID;
CREATE INDEX movement_product ON movement (product, site, seq);

CREATE TABLE balance (
  location BIGINT NOT NULL,
  product BIGINT NOT NULL,
  lot BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  PRIMARY KEY (location, product, lot)
) WITHOUT ROWID;
CREATE INDEX balance_product ON balance (product);

CREATE TABLE valuation (
  site BIGINT NOT NULL,
  product BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value BIGINT NOT NULL CHECK (value >= 0),
  last_cost BIGINT NOT NULL,
  PRIMARY KEY (site, product),
  CHECK (quantity > 0 OR value = 0)
) WITHOUT ROWID;
CREATE INDEX valuation_product ON valuation (product);

CREATE TABLE flow (
  location BIGINT NOT NULL,
  day BIGINT NOT NULL,
  product BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value BIGINT NOT NULL,
  revenue BIGINT NOT NULL,
  PRIMARY KEY (location, day, product, kind)
) WITHOUT ROWID;

CREATE TABLE flow_month (
  location BIGINT NOT NULL,
  month BIGINT NOT NULL,
  product BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (location, month, product)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
  site BIGINT NOT NULL REFERENCES site (id),
  seq BIGINT NOT NULL,
  day BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  products BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  signature BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (site, seq)
) WITHOUT ROWID;

-- only sqlite
CREATE TRIGGER posting_keeps BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
CREATE TRIGGER posting_stays BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
CREATE TRIGGER movement_keeps BEFORE UPDATE ON movement BEGIN SELECT RAISE(ABORT, 'movements are append-only'); END;
CREATE TRIGGER movement_stays BEFORE DELETE ON movement BEGIN SELECT RAISE(ABORT, 'movements are append-only'); END;
CREATE TRIGGER checkpoint_keeps BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- end
-- only postgres
-- Rows that are written over and over leave room beside them, so that the new version stays on its page and no index changes.
ALTER TABLE balance SET (fillfactor = 60);
ALTER TABLE valuation SET (fillfactor = 60);
ALTER TABLE flow SET (fillfactor = 70);
ALTER TABLE flow_month SET (fillfactor = 60);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$;
CREATE TRIGGER posting_keeps BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_stays BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER movement_keeps BEFORE UPDATE OR DELETE ON movement FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER movement_stays BEFORE TRUNCATE ON movement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_keeps BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- For people who look with psql or Grafana: the same rows with times, names and decimals.
CREATE VIEW movement_readable AS
  SELECT s.code AS site, m.seq, m.line, k.name AS kind, p.sku, p.name, f.code AS from_location, t.code AS to_location,
    m.quantity / 1000.0 AS quantity, m.value / 10000.0 AS value, m.revenue / 10000.0 AS revenue,
    m.on_hand_after / 1000.0 AS on_hand_after, to_timestamp(g.effective_at / 1000000.0) AS effective_at,
    to_timestamp(g.recorded_at / 1000000.0) AS recorded_at, DATE '1970-01-01' + CAST(g.business_day AS INTEGER) AS business_day,
    g.actor, g.device, g.reference_kind, g.reference_number
  FROM movement m JOIN posting g ON g.site = m.site AND g.seq = m.seq JOIN site s ON s.id = m.site
    JOIN posting_kind k ON k.code = g.kind JOIN product p ON p.id = m.product
    JOIN location f ON f.id = m.from_location JOIN location t ON t.id = m.to_location;
-- end
