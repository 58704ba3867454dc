DROP TABLE request_nonce;
