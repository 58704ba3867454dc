DROP TABLE sealed;
DROP TABLE vault_wrapping;
DROP TABLE vault_key;
DROP TABLE vault_master;
