-- What the station did and what it was about to do, one row before each step.
CREATE TABLE journal (
  sequence BIGINT NOT NULL PRIMARY KEY,
  time VARCHAR(33) NOT NULL,
  machine_number VARCHAR(11) NULL,
  step VARCHAR(32) NOT NULL,
  verdict VARCHAR(16) NULL,
  code VARCHAR(64) NULL,
  message VARCHAR(2000) NULL,
  attempt INT NOT NULL,
  seconds FLOAT NOT NULL,
  certificate_fingerprint CHAR(64) NULL
);

CREATE INDEX journal_by_machine_number ON journal (machine_number, sequence);

-- The pack that blank boards get, fetched once from the terminal. At most one row; the private key is wrapped.
CREATE TABLE common_certificate (
  fingerprint CHAR(64) NOT NULL PRIMARY KEY,
  root VARBINARY(4000) NOT NULL,
  issuing_pem VARCHAR(8000) NOT NULL,
  certificate VARBINARY(4000) NOT NULL,
  wrapped_private_key VARBINARY(4000) NOT NULL,
  fetched_at VARCHAR(33) NOT NULL
);
