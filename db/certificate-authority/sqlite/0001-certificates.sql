-- What the CA was asked for. The caller's request id makes every request repeatable.
CREATE TABLE issuance_request (
  request_id CHAR(36) NOT NULL PRIMARY KEY,
  kind VARCHAR(10) NOT NULL CHECK (kind IN ('Issue', 'Reissue')),
  caller VARCHAR(100) NOT NULL,
  content_sha256 CHAR(64) NOT NULL,
  reason VARCHAR(400) NULL,
  -- Its certificates are the rows first_certificate … first_certificate + certificate_count - 1, in the order asked.
  first_certificate BIGINT NOT NULL,
  certificate_count INTEGER NOT NULL,
  received_at VARCHAR(30) NOT NULL,
  acknowledged_at VARCHAR(30) NULL
);

-- Every certificate this CA has ever decided to sign. The row stands before the signature is made.
CREATE TABLE certificate (
  id INTEGER NOT NULL PRIMARY KEY,
  request_id CHAR(36) NOT NULL REFERENCES issuance_request (request_id),
  machine_number CHAR(11) NOT NULL,
  serial_number CHAR(40) NOT NULL,
  state VARCHAR(10) NOT NULL CHECK (state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved', 'Superseded', 'Revoked', 'Purged')),
  to_be_signed BLOB NOT NULL,
  signature BLOB NULL,
  -- AES-256-GCM under the wrapping key, the machine number as associated data; emptied when the caller acknowledges.
  wrapped_key BLOB NULL,
  issued_at VARCHAR(30) NULL,
  superseded_at VARCHAR(30) NULL,
  superseded_by BIGINT NULL
);

CREATE UNIQUE INDEX certificate_serial_number ON certificate (serial_number);

-- P-29: at most one valid certificate per machine number, whatever the program does.
CREATE UNIQUE INDEX certificate_valid ON certificate (machine_number) WHERE state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved');
