DROP TABLE settings;
DROP TABLE setup_links;
DROP TABLE sessions;
DROP TABLE recovery_codes;
DROP TABLE staff;
