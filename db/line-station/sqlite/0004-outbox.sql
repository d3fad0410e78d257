-- What the station still owes the terminal: receipts and results, in the order in which they came about.
CREATE TABLE outbox (
  id BIGINT NOT NULL PRIMARY KEY,
  machine_number VARCHAR(11) NOT NULL,
  attempt INT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  succeeded INT NOT NULL,
  detail VARCHAR(2000) NOT NULL,
  certificate_fingerprint CHAR(64) NULL,
  firmware_version VARCHAR(2000) NULL
);

CREATE INDEX outbox_by_machine_number ON outbox (machine_number, id);
