-- What the site that sent goods took back of them by correcting the sending.
ALTER TABLE transfer_line ADD COLUMN returned BIGINT NOT NULL DEFAULT 0 CHECK (returned >= 0);
CREATE INDEX transfer_receipt_posting ON transfer_receipt (posting);
