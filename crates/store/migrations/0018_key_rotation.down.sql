DROP TABLE api_key_rotation;
