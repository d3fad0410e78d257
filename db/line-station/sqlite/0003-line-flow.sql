-- Who worked (P-31), where the scan came from, and the step's place among the unit's steps at this line.
ALTER TABLE journal ADD COLUMN worker VARCHAR(64) NULL;
ALTER TABLE journal ADD COLUMN source VARCHAR(16) NULL;
ALTER TABLE journal ADD COLUMN step_number INT NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN step_count INT NOT NULL DEFAULT 0;
