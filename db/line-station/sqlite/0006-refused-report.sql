-- Why the terminal refused a report for good. It stays until the unit's next scan, or until a person says that it was seen.
ALTER TABLE outbox ADD COLUMN refusal_code VARCHAR(32) NULL;
ALTER TABLE outbox ADD COLUMN refusal VARCHAR(2000) NULL;
