-- Who was told a secret of a key when it was replaced, and could sign with it since. Replacements before this are in the audit log alone.
CREATE TABLE api_key_rotation (
  api_key TEXT NOT NULL REFERENCES api_key (id),
  rotated_by TEXT NOT NULL,
  PRIMARY KEY (api_key, rotated_by)
) WITHOUT ROWID;
