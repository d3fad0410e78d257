-- Generations of the issuing CA for devices. A certificate names the one that signs it; an old one goes on with its CRL and OCSP until its last certificate has ended.
CREATE TABLE issuing_ca (
  number INTEGER NOT NULL PRIMARY KEY,
  key_identifier CHAR(40) NOT NULL UNIQUE,
  certificate BLOB NOT NULL,
  added_at VARCHAR(30) NOT NULL
);

-- The common certificates so far; the latest is the one that boards get.
CREATE TABLE common_certificate (
  number INTEGER NOT NULL PRIMARY KEY,
  serial_number CHAR(40) NOT NULL UNIQUE,
  certificate BLOB NOT NULL,
  added_at VARCHAR(30) NOT NULL,
  replaced_at VARCHAR(30) NULL
);

-- Requests and certificates with what revocation, renewal and search need. Both are made anew because SQLite can't change a CHECK.
CREATE TABLE issuance_request_2 (
  request_id CHAR(36) NOT NULL PRIMARY KEY,
  kind VARCHAR(10) NOT NULL CHECK (kind IN ('Issue', 'Reissue', 'Sign', 'Resign', 'Renew')),
  caller VARCHAR(100) NOT NULL,
  content_sha256 CHAR(64) NOT NULL,
  reason VARCHAR(400) NULL,
  -- Its certificates are the rows first_certificate … first_certificate + certificate_count - 1, in the order asked.
  first_certificate BIGINT NOT NULL,
  certificate_count INTEGER NOT NULL,
  received_at VARCHAR(30) NOT NULL,
  acknowledged_at VARCHAR(30) NULL,
  -- When the private keys were wiped because nobody acknowledged in time.
  expired_at VARCHAR(30) NULL,
  -- The profiles it was reserved under, encrypted; emptied when the caller acknowledges.
  profiles BLOB NULL
);

CREATE TABLE certificate_2 (
  id INTEGER NOT NULL PRIMARY KEY,
  request_id CHAR(36) NOT NULL REFERENCES issuance_request_2 (request_id),
  machine_number CHAR(11) NOT NULL,
  serial_number CHAR(40) NOT NULL,
  issuer INTEGER NOT NULL,
  state VARCHAR(10) NOT NULL CHECK (state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved', 'Superseded', 'Revoked', 'Purged')),
  not_after VARCHAR(30) NOT NULL,
  to_be_signed BLOB NOT NULL,
  signature BLOB NULL,
  -- AES-256-GCM under the wrapping key, the machine number as associated data; null for a board-made key, and emptied when the caller acknowledges.
  wrapped_key BLOB NULL,
  issued_at VARCHAR(30) NULL,
  superseded_by BIGINT NULL,
  -- RFC 5280, 5.3.1, in the spelling of the RFC; set for Superseded and Revoked.
  revoked_at VARCHAR(30) NULL,
  revocation_reason VARCHAR(24) NULL
);

INSERT INTO issuance_request_2 (request_id, kind, caller, content_sha256, reason, first_certificate, certificate_count, received_at, acknowledged_at)
SELECT request_id, kind, caller, content_sha256, reason, first_certificate, certificate_count, received_at, acknowledged_at FROM issuance_request;

-- Certificates of the first form did not have their end beside them; the service fills it in from the certificate at its first start.
INSERT INTO certificate_2 (id, request_id, machine_number, serial_number, issuer, state, not_after, to_be_signed, signature, wrapped_key, issued_at, superseded_by, revoked_at, revocation_reason)
SELECT id, request_id, machine_number, serial_number, 1, state, '', to_be_signed, signature, wrapped_key, issued_at, superseded_by, superseded_at,
  CASE WHEN state = 'Superseded' THEN 'superseded' END
FROM certificate;

DROP TABLE certificate;
DROP TABLE issuance_request;
ALTER TABLE issuance_request_2 RENAME TO issuance_request;
ALTER TABLE certificate_2 RENAME TO certificate;

CREATE UNIQUE INDEX certificate_serial_number ON certificate (serial_number);

-- P-29: at most one valid certificate per machine number, whatever the program does.
CREATE UNIQUE INDEX certificate_valid ON certificate (machine_number) WHERE state IN ('Reserved', 'Issued', 'Fetched', 'Written', 'Proved');

-- The others of a number. Together with the index above every certificate of a number is found, and none stands in both: issuing pays for one.
CREATE INDEX certificate_past ON certificate (machine_number, id) WHERE state IN ('Superseded', 'Revoked', 'Purged');

-- What a CRL lists.
CREATE INDEX certificate_revoked ON certificate (issuer, id) WHERE state IN ('Superseded', 'Revoked');

CREATE INDEX certificate_not_after ON certificate (not_after);

-- Unique, which they are anyway, so that a search knows that it need not sort.
CREATE UNIQUE INDEX issuance_request_caller ON issuance_request (caller, first_certificate);
CREATE UNIQUE INDEX issuance_request_first_certificate ON issuance_request (first_certificate);
CREATE INDEX issuance_request_received ON issuance_request (received_at);
-- Whose private keys are still held. A request for a board-made key has none, and may never be acknowledged.
CREATE INDEX issuance_request_open ON issuance_request (received_at) WHERE acknowledged_at IS NULL AND expired_at IS NULL AND kind IN ('Issue', 'Reissue');

-- Where certificates may still be Reserved or Issued: few among very many, and searched for.
CREATE UNIQUE INDEX issuance_request_unacknowledged ON issuance_request (first_certificate) WHERE acknowledged_at IS NULL AND expired_at IS NULL;

-- Keys that boards have made (SHA-256 of the SubjectPublicKeyInfo), each only ever one machine's. Keys of the CA's own making are fresh and random and don't stand here: an index over
-- them would cost every batch a random page per certificate, and whoever holds such a key of another machine has that machine's identity anyway.
CREATE TABLE board_key (
  sha256 CHAR(64) NOT NULL PRIMARY KEY,
  machine_number CHAR(11) NOT NULL
);

-- P-31: an append-only chain. hash = SHA-256 over the previous hash and the event's own content.
CREATE TABLE audit_event (
  sequence INTEGER NOT NULL PRIMARY KEY,
  at VARCHAR(30) NOT NULL,
  actor VARCHAR(120) NOT NULL,
  action VARCHAR(40) NOT NULL,
  subject VARCHAR(120) NOT NULL,
  outcome VARCHAR(40) NOT NULL,
  detail VARCHAR(2000) NOT NULL,
  hash CHAR(64) NOT NULL
);

CREATE INDEX audit_event_subject ON audit_event (subject, sequence);
CREATE INDEX audit_event_actor ON audit_event (actor, sequence);
CREATE INDEX audit_event_action ON audit_event (action, sequence);
CREATE INDEX audit_event_at ON audit_event (at, sequence);

-- What stands behind the chain: its end at a moment, signed with the CA's own TLS key.
CREATE TABLE audit_checkpoint (
  sequence BIGINT NOT NULL PRIMARY KEY,
  at VARCHAR(30) NOT NULL,
  hash CHAR(64) NOT NULL,
  signature BLOB NOT NULL,
  -- PEM: the signer's certificate and the issuing CA above it.
  certificate VARCHAR(8000) NOT NULL
);

-- P-30. Dates are inclusive, in UTC. used never exceeds amount, whatever the program does.
CREATE TABLE quota (
  id INTEGER NOT NULL PRIMARY KEY,
  factory VARCHAR(64) NOT NULL,
  model CHAR(4) NOT NULL,
  starts_on CHAR(10) NOT NULL,
  ends_on CHAR(10) NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  used INTEGER NOT NULL DEFAULT 0,
  state VARCHAR(10) NOT NULL CHECK (state IN ('Proposed', 'Approved', 'Rejected', 'Withdrawn')),
  order_number VARCHAR(64) NULL,
  note VARCHAR(400) NULL,
  -- Role and name, the name alone, and the certificate: whoever proposes does not approve.
  proposed_by VARCHAR(120) NOT NULL,
  proposer_name VARCHAR(64) NOT NULL,
  proposer_fingerprint CHAR(64) NOT NULL,
  proposed_at VARCHAR(30) NOT NULL,
  decided_by VARCHAR(120) NULL,
  decided_at VARCHAR(30) NULL,
  decision_note VARCHAR(400) NULL,
  CHECK (used >= 0 AND used <= amount)
);

CREATE INDEX quota_of_model ON quota (factory, model, ends_on);

-- Production orders as they came, signed; each of their lines is a quota.
CREATE TABLE production_order (
  factory VARCHAR(64) NOT NULL,
  order_number VARCHAR(64) NOT NULL,
  content_sha256 CHAR(64) NOT NULL,
  signed_by VARCHAR(120) NOT NULL,
  signer_fingerprint CHAR(64) NOT NULL,
  signed_data BLOB NOT NULL,
  received_at VARCHAR(30) NOT NULL,
  PRIMARY KEY (factory, order_number)
);

CREATE INDEX quota_of_order ON quota (factory, order_number) WHERE order_number IS NOT NULL;

-- Statistics without scans: what happened on a UTC day.
CREATE TABLE issuance_counter (
  day CHAR(10) NOT NULL,
  factory VARCHAR(64) NOT NULL,
  model CHAR(4) NOT NULL,
  event VARCHAR(12) NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (day, factory, model, event)
);

-- Keys made in idle time; the private ones wrapped.
CREATE TABLE pooled_key (
  id INTEGER NOT NULL PRIMARY KEY,
  algorithm VARCHAR(10) NOT NULL,
  public_key BLOB NOT NULL,
  wrapped_key BLOB NOT NULL,
  made_at VARCHAR(30) NOT NULL
);

CREATE INDEX pooled_key_algorithm ON pooled_key (algorithm, id);

-- The CRLs made so far, the latest kept whole.
CREATE TABLE crl (
  issuer INTEGER NOT NULL,
  number BIGINT NOT NULL,
  this_update VARCHAR(30) NOT NULL,
  next_update VARCHAR(30) NOT NULL,
  entries INTEGER NOT NULL,
  content BLOB NULL,
  PRIMARY KEY (issuer, number)
);

-- Answers of changing API calls by their Idempotency-Key.
CREATE TABLE api_answer (
  caller VARCHAR(120) NOT NULL,
  idempotency_key VARCHAR(100) NOT NULL,
  content_sha256 CHAR(64) NOT NULL,
  status INTEGER NOT NULL,
  content BLOB NOT NULL,
  stored_at VARCHAR(30) NOT NULL,
  PRIMARY KEY (caller, idempotency_key)
);
