-- Units are searched along one of these, by number within it. unit_line costs a batch nothing: no unit of it has a line yet.
CREATE INDEX unit_day ON unit (plan_date, machine_number);
CREATE INDEX unit_line ON unit (line, machine_number) WHERE line IS NOT NULL;

-- Signed reports of days, in the order in which they were made; rows are only added. content: the report as it was signed, JSON. certificate: PEM, the signer's and those above it.
CREATE TABLE day_report (
  report_id INTEGER NOT NULL PRIMARY KEY,
  plan_date CHAR(10) NOT NULL,
  version INTEGER NOT NULL,
  made_at CHAR(24) NOT NULL,
  sha256 CHAR(64) NOT NULL,
  content BLOB NOT NULL,
  signature BLOB NOT NULL,
  certificate VARCHAR(8000) NOT NULL,
  UNIQUE (plan_date, version)
);

-- The signed ends of the audit trail.
CREATE TABLE audit_checkpoint (
  sequence BIGINT NOT NULL PRIMARY KEY,
  at VARCHAR(30) NOT NULL,
  hash CHAR(64) NOT NULL,
  signature BLOB NOT NULL,
  certificate VARCHAR(8000) NOT NULL
);
