DROP TABLE token_revoked;
DROP TABLE token_key;
