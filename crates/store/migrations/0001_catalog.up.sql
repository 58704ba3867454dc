-- The catalogue and the places. Instants are microseconds since 1970 (UTC), days are days since 1970 in the zone of the
-- site, money is 1/10 000 of the currency, quantities are thousandths of the product's unit, truth is 0 or 1.

CREATE TABLE sequence (
  name TEXT PRIMARY KEY,
  next BIGINT NOT NULL CHECK (next > 0)
) WITHOUT ROWID;

CREATE TABLE site (
  id BIGINT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('store', 'depot')),
  timezone TEXT NOT NULL,
  allow_oversell BIGINT NOT NULL CHECK (allow_oversell IN (0, 1)),
  receive_at BIGINT,
  sell_from BIGINT,
  count_tolerance BIGINT NOT NULL CHECK (count_tolerance >= 0),
  count_tolerance_percent BIGINT NOT NULL CHECK (count_tolerance_percent BETWEEN 0 AND 100),
  count_approval_above BIGINT NOT NULL CHECK (count_approval_above >= 0),
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE location (
  id BIGINT PRIMARY KEY,
  site BIGINT NOT NULL REFERENCES site (id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  kind BIGINT NOT NULL CHECK (kind BETWEEN 0 AND 7),
  UNIQUE (site, code)
) WITHOUT ROWID;

CREATE TABLE category (
  id BIGINT PRIMARY KEY,
  parent BIGINT REFERENCES category (id),
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  path_key TEXT NOT NULL UNIQUE
) WITHOUT ROWID;

CREATE TABLE supplier (
  id BIGINT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  contact TEXT NOT NULL,
  phone TEXT NOT NULL,
  email TEXT NOT NULL,
  address TEXT NOT NULL,
  rules TEXT NOT NULL,
  active BIGINT NOT NULL CHECK (active IN (0, 1)),
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE product (
  id BIGINT PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  search_key TEXT NOT NULL,
  category BIGINT REFERENCES category (id),
  brand TEXT NOT NULL,
  supplier BIGINT REFERENCES supplier (id),
  unit TEXT NOT NULL CHECK (unit IN ('unit', 'kg', 'l', 'm')),
  minimum BIGINT CHECK (minimum >= 0),
  maximum BIGINT CHECK (maximum >= 0),
  vat_rate TEXT,
  price BIGINT CHECK (price >= 0),
  tracks_lots BIGINT NOT NULL CHECK (tracks_lots IN (0, 1)),
  tracks_expiry BIGINT NOT NULL CHECK (tracks_expiry IN (0, 1)),
  active BIGINT NOT NULL CHECK (active IN (0, 1)),
  version BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX product_changed ON product (changed);
CREATE INDEX product_category ON product (category);
CREATE INDEX product_supplier ON product (supplier);
CREATE INDEX product_brand ON product (brand);
CREATE INDEX product_search_key ON product (search_key);

CREATE TABLE barcode (
  code TEXT PRIMARY KEY,
  product BIGINT NOT NULL REFERENCES product (id),
  pack_quantity BIGINT NOT NULL CHECK (pack_quantity > 0)
) WITHOUT ROWID;
CREATE INDEX barcode_product ON barcode (product);

CREATE TABLE pack (
  product BIGINT NOT NULL REFERENCES product (id),
  name TEXT NOT NULL,
  numerator BIGINT NOT NULL CHECK (numerator > 0),
  denominator BIGINT NOT NULL CHECK (denominator > 0),
  PRIMARY KEY (product, name)
) WITHOUT ROWID;

CREATE TABLE price (
  product BIGINT NOT NULL REFERENCES product (id),
  valid_from BIGINT NOT NULL,
  price BIGINT NOT NULL CHECK (price >= 0),
  actor TEXT NOT NULL,
  PRIMARY KEY (product, valid_from)
) WITHOUT ROWID;

-- A product with the names of what it belongs to and what belongs to it, so that no two statements join them differently
-- and one read is one statement. Barcodes and packs are one a line, their parts parted by tabs.
CREATE VIEW product_card AS
  SELECT p.id, p.sku, p.name, p.category AS category_id, c.path AS category, p.brand, p.supplier AS supplier_id,
    s.code AS supplier, p.unit, p.minimum, p.maximum, p.vat_rate, p.price, p.tracks_lots, p.tracks_expiry, p.active,
    p.version, p.changed, p.created_at, p.updated_at,
    (SELECT STRING_AGG(b.line, '
') FROM (SELECT code || '	' || CAST(pack_quantity AS VARCHAR) AS line FROM barcode WHERE product = p.id ORDER BY code) AS b) AS barcodes,
    (SELECT STRING_AGG(k.line, '
') FROM (SELECT name || '	' || CAST(numerator AS VARCHAR) || '	' || CAST(denominator AS VARCHAR) AS line
             FROM pack WHERE product = p.id ORDER BY name) AS k) AS packs
  FROM product p LEFT JOIN category c ON c.id = p.category LEFT JOIN supplier s ON s.id = p.supplier;
