DROP INDEX transfer_receipt_posting;
ALTER TABLE transfer_line DROP COLUMN returned;
