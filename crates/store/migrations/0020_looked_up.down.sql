DROP INDEX purchase_order_ordered;
DROP INDEX count_sheet_waiting;
DROP INDEX count_sheet_opened;
DROP INDEX transfer_receipt_waiting;
DROP INDEX transfer_sending;
DROP INDEX transfer_sent;
