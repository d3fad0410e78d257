-- One printing of rating plates or check sheets (P-33): stored before the first page leaves. document: Plate, CheckSheet. barcode: Code128, Code39, Qr. layout: null for check sheets.
-- deliveries: how often its pages were fetched.
CREATE TABLE print_job (
  job_id CHAR(36) NOT NULL PRIMARY KEY,
  at CHAR(24) NOT NULL,
  who VARCHAR(80) NOT NULL,
  document VARCHAR(12) NOT NULL,
  selection VARCHAR(200) NOT NULL,
  layout VARCHAR(32) NULL,
  start_place INTEGER NOT NULL,
  barcode VARCHAR(10) NOT NULL,
  language CHAR(2) NOT NULL,
  unit_count INTEGER NOT NULL,
  reprint_count INTEGER NOT NULL,
  reason VARCHAR(200) NULL,
  deliveries INTEGER NOT NULL
);

CREATE INDEX print_job_at ON print_job (at);

-- Each plate and each sheet that was ordered for a unit; copy 1 is the first, higher ones are reprints.
CREATE TABLE printed_unit (
  machine_number CHAR(11) NOT NULL,
  document VARCHAR(12) NOT NULL,
  copy INTEGER NOT NULL,
  job_id CHAR(36) NOT NULL,
  PRIMARY KEY (machine_number, document, copy)
);

CREATE INDEX printed_unit_job ON printed_unit (job_id, machine_number);
