-- A day of a model may have several ranges of serials: what a correction of the plan adds stands beside the first. Rows are never deleted: a serial is counted out once. To which day a unit
-- belongs now is its own plan_date.
CREATE TABLE allocation_2 (
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  first_serial INTEGER NOT NULL,
  unit_count INTEGER NOT NULL,
  allocated_at CHAR(24) NOT NULL,
  PRIMARY KEY (plan_date, model, first_serial)
);

INSERT INTO allocation_2 (plan_date, model, first_serial, unit_count, allocated_at) SELECT plan_date, model, first_serial, unit_count, allocated_at FROM allocation;
DROP TABLE allocation;
ALTER TABLE allocation_2 RENAME TO allocation;
CREATE INDEX allocation_model ON allocation (model);

-- sent_at: when it was first sent, null before; one that was never sent can still be cut. stored_count: how many of its packs are here. attempts, next_try_at, error_code and last_error: how
-- often it was sent, when it is sent again, and why it failed; a success empties the last three.
ALTER TABLE chunk ADD sent_at CHAR(24) NULL;
ALTER TABLE chunk ADD stored_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD next_try_at CHAR(24) NULL;
ALTER TABLE chunk ADD error_code VARCHAR(40) NULL;
UPDATE chunk SET sent_at = '2000-01-01T00:00:00.000Z', stored_count = CASE WHEN state = 'Stored' THEN unit_count ELSE 0 END;
CREATE INDEX chunk_day ON chunk (plan_date);

-- One request by which the CA is told of certificates in certificate_return; the row goes when it has answered.
CREATE TABLE return_request (
  request_id CHAR(36) NOT NULL PRIMARY KEY,
  attempts INTEGER NOT NULL,
  next_try_at CHAR(24) NULL,
  error_code VARCHAR(40) NULL,
  last_error VARCHAR(400) NULL
);

CREATE INDEX certificate_return_request ON certificate_return (request_id);

-- Packs that no line has had, by model and day: the stock that can be left over.
CREATE INDEX unit_in_stock ON unit (model, plan_date, machine_number) WHERE state = 'Stored' AND line IS NULL;
