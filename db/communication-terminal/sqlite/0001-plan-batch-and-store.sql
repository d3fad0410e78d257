-- Times are UTC text (yyyy-MM-ddTHH:mm:ss.fffZ), dates are the factory's own (yyyy-MM-dd), states are the names of their enumerations.

-- What the terminal remembers of itself, such as the day it first started.
CREATE TABLE terminal_fact (
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  value VARCHAR(400) NOT NULL
);

-- The production plan (P-5), replaced month by month.
CREATE TABLE plan_month (
  month CHAR(7) NOT NULL PRIMARY KEY,
  pulled_at CHAR(24) NOT NULL
);

CREATE TABLE plan_row (
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  month CHAR(7) NOT NULL,
  unit_count INTEGER NOT NULL,
  first_serial INTEGER NULL,
  line VARCHAR(32) NULL,
  PRIMARY KEY (plan_date, model)
);

-- A day whose managed models all have their serials; it is not looked at again.
CREATE TABLE batch_day (
  plan_date CHAR(10) NOT NULL PRIMARY KEY,
  allocated_at CHAR(24) NOT NULL
);

-- Serials given to units. Rows are never deleted: a serial is never given twice.
CREATE TABLE allocation (
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  first_serial INTEGER NOT NULL,
  unit_count INTEGER NOT NULL,
  allocated_at CHAR(24) NOT NULL,
  PRIMARY KEY (plan_date, model)
);

CREATE INDEX allocation_model ON allocation (model);

-- One request to the CA, stored before it is sent. States: Open, Stored.
CREATE TABLE chunk (
  request_id CHAR(36) NOT NULL PRIMARY KEY,
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  first_serial INTEGER NOT NULL,
  unit_count INTEGER NOT NULL,
  state VARCHAR(10) NOT NULL,
  last_error VARCHAR(400) NULL
);

CREATE INDEX chunk_open ON chunk (state, plan_date);

-- Requests whose packs are stored here, while the CA does not know it yet and still holds the keys.
CREATE TABLE outstanding_acknowledgement (
  request_id CHAR(36) NOT NULL PRIMARY KEY,
  since CHAR(24) NOT NULL
);

-- Root and issuing certificates, kept once for all the packs below them.
CREATE TABLE chain (
  chain_id INTEGER NOT NULL PRIMARY KEY,
  sha256 CHAR(64) NOT NULL UNIQUE,
  root BLOB NOT NULL
);

CREATE TABLE chain_issuing (
  chain_id INTEGER NOT NULL REFERENCES chain (chain_id),
  position INTEGER NOT NULL,
  certificate BLOB NOT NULL,
  PRIMARY KEY (chain_id, position)
);

-- One product. ca_request_id is the single request (direct mode, or a re-issue) that is or was under way for it.
CREATE TABLE unit (
  machine_number CHAR(11) NOT NULL PRIMARY KEY,
  model CHAR(4) NOT NULL,
  plan_date CHAR(10) NOT NULL,
  plan_line VARCHAR(32) NULL,
  at_scan INTEGER NOT NULL,
  state VARCHAR(14) NOT NULL,
  attempt INTEGER NOT NULL,
  line VARCHAR(64) NULL,
  ca_request_id CHAR(36) NULL,
  stored_at CHAR(24) NULL,
  written_at CHAR(24) NULL,
  proved_at CHAR(24) NULL,
  firmware_version VARCHAR(64) NULL
);

CREATE INDEX unit_state ON unit (state, machine_number);
CREATE INDEX unit_plan ON unit (plan_date, model, state);

-- One certificate of a unit; attempts count from 1. wrapped_key is null once nobody may need the key again. outcome: Succeeded, Failed.
CREATE TABLE certificate (
  machine_number CHAR(11) NOT NULL,
  attempt INTEGER NOT NULL,
  chain_id INTEGER NOT NULL,
  fingerprint CHAR(64) NOT NULL,
  certificate BLOB NOT NULL,
  wrapped_key BLOB NULL,
  stored_at CHAR(24) NOT NULL,
  received_at CHAR(24) NULL,
  outcome VARCHAR(10) NULL,
  PRIMARY KEY (machine_number, attempt)
);

-- Who did what to a unit, where and when (P-31). Rows are only added.
CREATE TABLE unit_event (
  event_id INTEGER NOT NULL PRIMARY KEY,
  machine_number CHAR(11) NOT NULL,
  at CHAR(24) NOT NULL,
  what VARCHAR(20) NOT NULL,
  who VARCHAR(80) NOT NULL,
  line VARCHAR(64) NULL,
  attempt INTEGER NOT NULL,
  detail VARCHAR(400) NULL
);

CREATE INDEX unit_event_machine_number ON unit_event (machine_number);

-- The pack that every board gets on the board line (P-11); one row.
CREATE TABLE common_certificate (
  only_row INTEGER NOT NULL PRIMARY KEY,
  chain_id INTEGER NOT NULL,
  certificate BLOB NOT NULL,
  wrapped_key BLOB NOT NULL,
  fetched_at CHAR(24) NOT NULL
);

-- The plant manager's account (P-2).
CREATE TABLE manager_account (
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  salt BLOB NOT NULL,
  password_hash BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  changed_at CHAR(24) NOT NULL
);
