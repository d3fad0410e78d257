-- Certificates that the CA is to revoke, because their units will not be built. request_id is set before the CA is told; the row goes when it has answered.
CREATE TABLE certificate_return (
  machine_number CHAR(11) NOT NULL PRIMARY KEY,
  owed_at CHAR(24) NOT NULL,
  why VARCHAR(400) NOT NULL,
  request_id CHAR(36) NULL
);

-- Who may sign in at the terminal (P-2). role: Viewer, Supervisor, Manager. Salt and hash: PBKDF2. must_change: the password was given by somebody else and has to be replaced at
-- the next sign-in. language: ja, en, or null for the browser's.
CREATE TABLE account (
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  role VARCHAR(12) NOT NULL,
  salt BLOB NOT NULL,
  password_hash BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  must_change INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  language CHAR(2) NULL,
  created_at CHAR(24) NOT NULL,
  changed_at CHAR(24) NOT NULL,
  signed_in_at CHAR(24) NULL
);

INSERT INTO account (name, role, salt, password_hash, iterations, must_change, disabled, created_at, changed_at)
SELECT name, 'Manager', salt, password_hash, iterations, 1, 0, changed_at, changed_at FROM manager_account;

DROP TABLE manager_account;

-- Wrong passwords since the last right one, by the name that was typed (SHA-256 of it, whether or not there is such an account, so that nobody learns which there are). Counted before
-- the password is looked at; until locked_until none is.
CREATE TABLE sign_in_failure (
  name_sha256 CHAR(64) NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at CHAR(24) NOT NULL,
  locked_until CHAR(24) NULL
);

CREATE INDEX sign_in_failure_last_at ON sign_in_failure (last_at);

-- A browser that is signed in. token_sha256: of the secret in its cookie. locked: idle too long; the password opens it again.
CREATE TABLE manager_session (
  token_sha256 CHAR(64) NOT NULL PRIMARY KEY,
  account VARCHAR(40) NOT NULL REFERENCES account (name),
  started_at CHAR(24) NOT NULL,
  seen_at CHAR(24) NOT NULL,
  locked INTEGER NOT NULL
);

CREATE INDEX manager_session_account ON manager_session (account);

-- The audit trail: a hash chain, rows are only added (P-31).
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
