-- Whoever is limited to sites sees the jobs of those.

ALTER TABLE job ADD COLUMN site TEXT;
