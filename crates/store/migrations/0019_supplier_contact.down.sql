-- What is encrypted stays so: the version before does not know of it, and this one finds it again.
ALTER TABLE supplier DROP COLUMN forgotten_at;
ALTER TABLE supplier ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE supplier ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE supplier ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE supplier ADD COLUMN address TEXT NOT NULL DEFAULT '';
UPDATE supplier SET
  contact = (SELECT c.contact FROM supplier_in_clear c WHERE c.supplier = supplier.id),
  phone = (SELECT c.phone FROM supplier_in_clear c WHERE c.supplier = supplier.id),
  email = (SELECT c.email FROM supplier_in_clear c WHERE c.supplier = supplier.id),
  address = (SELECT c.address FROM supplier_in_clear c WHERE c.supplier = supplier.id)
WHERE id IN (SELECT supplier FROM supplier_in_clear);
DROP TABLE supplier_in_clear;
