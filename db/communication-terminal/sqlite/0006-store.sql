-- ca_request_key: SHA-256 of the public key that the unit's single request is for, where the board has made it (P-28); null where the CA makes the key.
-- released_attempt: the attempt at which a person released the unit; failures are counted from there.
ALTER TABLE unit ADD ca_request_key CHAR(64) NULL;
ALTER TABLE unit ADD released_attempt INTEGER NOT NULL DEFAULT 0;

-- For counting what is in the hands of lines, and what was used today, without a look at the rest.
CREATE INDEX unit_in_hand ON unit (machine_number) WHERE state = 'Stored' AND line IS NOT NULL;
CREATE INDEX unit_written_at ON unit (written_at, machine_number) WHERE written_at IS NOT NULL;

-- serial_number: lower-case hexadecimal, by which a CRL names the certificate; null in rows from before, until they are filled. board_made: the board has made the key, it was never here.
-- outcome has a fourth value, Revoked: an administrator revoked it at the CA.
ALTER TABLE certificate ADD serial_number VARCHAR(40) NULL;
ALTER TABLE certificate ADD board_made INTEGER NOT NULL DEFAULT 0;

CREATE INDEX certificate_serial_number ON certificate (serial_number) WHERE serial_number IS NOT NULL;
CREATE INDEX certificate_without_serial_number ON certificate (machine_number, attempt) WHERE serial_number IS NULL;
CREATE INDEX certificate_revoked ON certificate (machine_number, attempt) WHERE outcome = 'Revoked';

-- What remains of a certificate whose row was deleted after the proof (P-20, AfterProof DeleteRow): enough to recognise it in a report that comes again and on a CRL.
CREATE TABLE deleted_certificate (
  machine_number CHAR(11) NOT NULL,
  attempt INTEGER NOT NULL,
  chain_id INTEGER NOT NULL,
  fingerprint CHAR(64) NOT NULL,
  serial_number VARCHAR(40) NOT NULL,
  board_made INTEGER NOT NULL,
  stored_at CHAR(24) NOT NULL,
  received_at CHAR(24) NULL,
  outcome VARCHAR(10) NULL,
  PRIMARY KEY (machine_number, attempt)
);

CREATE INDEX deleted_certificate_serial_number ON deleted_certificate (serial_number);
CREATE INDEX deleted_certificate_revoked ON deleted_certificate (machine_number, attempt) WHERE outcome = 'Revoked';

-- The latest CRL that was taken from each chain's issuing CA: an older one is never taken again.
CREATE TABLE seen_crl (
  chain_id INTEGER NOT NULL PRIMARY KEY,
  crl_number VARCHAR(40) NOT NULL,
  this_update CHAR(24) NOT NULL,
  next_update CHAR(24) NOT NULL,
  sha256 CHAR(64) NOT NULL,
  entries INTEGER NOT NULL,
  seen_at CHAR(24) NOT NULL
);

-- Left-over packs of a model that were deleted (P-22): the order is stored before the first is deleted, and is the receipt afterwards. state: Open, Done.
-- certificates_sha256: SHA-256 over one line "machine number, space, fingerprint" per deleted certificate, in order of machine numbers, each ended by LF.
CREATE TABLE purge (
  purge_id CHAR(36) NOT NULL PRIMARY KEY,
  model CHAR(4) NOT NULL,
  state VARCHAR(10) NOT NULL,
  ordered_by VARCHAR(80) NOT NULL,
  ordered_at CHAR(24) NOT NULL,
  expected_count INTEGER NOT NULL,
  deleted_count INTEGER NOT NULL,
  finished_at CHAR(24) NULL,
  certificates_sha256 CHAR(64) NULL
);

CREATE INDEX purge_ordered_at ON purge (ordered_at);

CREATE TABLE purged_certificate (
  purge_id CHAR(36) NOT NULL,
  machine_number CHAR(11) NOT NULL,
  fingerprint CHAR(64) NOT NULL,
  PRIMARY KEY (purge_id, machine_number)
);

-- Machine numbers typed at the terminal for a line (P-21). The line's station fetches each once. fetched_at: when it had it. Those that nobody fetched in time are never delivered.
CREATE TABLE typed_scan (
  typed_scan_id INTEGER NOT NULL PRIMARY KEY,
  line VARCHAR(64) NOT NULL,
  machine_number CHAR(11) NOT NULL,
  typed_by VARCHAR(80) NOT NULL,
  typed_at CHAR(24) NOT NULL,
  fetched_at CHAR(24) NULL
);

CREATE INDEX typed_scan_line ON typed_scan (line, typed_scan_id);
