DROP TABLE ring_key;
