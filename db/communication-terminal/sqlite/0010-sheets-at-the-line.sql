-- Check sheets that a line's station printed by itself, one a unit: the list of what persons printed goes without them.
ALTER TABLE print_job ADD line VARCHAR(64) NULL;

DROP INDEX print_job_at;

CREATE INDEX print_job_by_person ON print_job (at) WHERE line IS NULL;
