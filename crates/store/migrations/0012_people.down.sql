DROP TABLE login_failure;
DROP TABLE person_session;
DROP TABLE person_recovery;
DROP TABLE person_factor;
DROP TABLE person_password;
DROP TABLE person_site;
DROP TABLE person;
