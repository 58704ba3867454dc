-- How a supplier is reached is kept encrypted from here on, where e-mails and phones of people are. What stood here in clear waits in a table of
-- its own until somebody who has the key takes it out.
CREATE TABLE supplier_in_clear (
  supplier BIGINT PRIMARY KEY REFERENCES supplier (id),
  contact TEXT NOT NULL,
  phone TEXT NOT NULL,
  email TEXT NOT NULL,
  address TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO supplier_in_clear (supplier, contact, phone, email, address)
  SELECT id, contact, phone, email, address FROM supplier
  WHERE contact <> '' OR phone <> '' OR email <> '' OR address <> '';
ALTER TABLE supplier DROP COLUMN contact;
ALTER TABLE supplier DROP COLUMN phone;
ALTER TABLE supplier DROP COLUMN email;
ALTER TABLE supplier DROP COLUMN address;

-- Since when nothing is kept of how it is reached, because somebody asked for that.
ALTER TABLE supplier ADD COLUMN forgotten_at BIGINT;
