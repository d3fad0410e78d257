-- Check sheets to be printed at the line (P-33): one printing for each certificate that was proved. The request's id is stored with the Pass, before the sheet is asked for.
CREATE TABLE check_sheet (
  certificate_fingerprint CHAR(64) NOT NULL PRIMARY KEY,
  machine_number VARCHAR(11) NOT NULL,
  request_id CHAR(36) NOT NULL,
  ordered_at VARCHAR(33) NOT NULL,
  state VARCHAR(16) NOT NULL
);

CREATE INDEX check_sheet_by_state ON check_sheet (state, ordered_at);
