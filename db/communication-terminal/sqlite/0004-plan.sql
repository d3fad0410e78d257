-- Pulls of the plan (P-5), newest last: what was asked for, by whom, and what became of it. The pull that brought a correction or bad rows is itself what waits for a decision.
-- source: Http, Folder, Database, Import. place: address, file name or provider, never a secret.
-- outcome: Applied (it is the plan now), Unchanged (it already was), Waiting (for a person), Confirmed, Discarded, Superseded (a later pull came first), Failed (the earlier plan stays).
-- A failure that repeats is one row: at is its first time, last_at its latest, attempts how often.
CREATE TABLE plan_pull (
  pull_id INTEGER NOT NULL PRIMARY KEY,
  month CHAR(7) NOT NULL,
  source VARCHAR(10) NOT NULL,
  place VARCHAR(200) NOT NULL,
  actor VARCHAR(80) NOT NULL,
  at CHAR(24) NOT NULL,
  last_at CHAR(24) NOT NULL,
  attempts INTEGER NOT NULL,
  outcome VARCHAR(10) NOT NULL,
  good_rows INTEGER NOT NULL,
  bad_rows INTEGER NOT NULL,
  content_sha256 CHAR(64) NULL,
  error VARCHAR(400) NULL,
  decided_at CHAR(24) NULL,
  decided_by VARCHAR(80) NULL
);

CREATE INDEX plan_pull_month ON plan_pull (month, outcome);
CREATE INDEX plan_pull_last_at ON plan_pull (last_at);

-- The rows of a pull that waits; they go into plan_row when it is confirmed, and from here once it is decided.
CREATE TABLE plan_draft_row (
  pull_id INTEGER NOT NULL,
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  unit_count INTEGER NOT NULL,
  first_serial INTEGER NULL,
  line VARCHAR(32) NULL,
  PRIMARY KEY (pull_id, plan_date, model)
);

-- The first bad rows of a pull; plan_pull.bad_rows counts them all. plan_date and model where both could be read: that day of that model keeps the earlier plan.
CREATE TABLE plan_bad_row (
  pull_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  place VARCHAR(40) NOT NULL,
  column_name VARCHAR(40) NULL,
  fault VARCHAR(20) NOT NULL,
  value VARCHAR(300) NULL,
  other VARCHAR(100) NULL,
  plan_date CHAR(10) NULL,
  model CHAR(4) NULL,
  PRIMARY KEY (pull_id, position)
);

-- What a confirmed correction means for units that already have their numbers: one row per day and managed model of a day that is allocated (it stands in batch_day, or the day and
-- model stand in allocation). Written by PlanPull in the transaction that changes plan_row, applied by DailyBatch. Days that are not allocated have no row here: they are allocated
-- from plan_row, which holds the new figures already.
--   before_count, before_first_serial, before_line   the plan that the day was allocated by; before_count 0: the model was not planned that day.
--   after_count, after_first_serial, after_line      what is to hold now; after_count 0: the model is not built that day any more.
-- Rows are applied in order of correction_id; each by itself brings the day's units of the model to its after_ columns, so a later row for the same day and model has the last word:
--   after_count larger    the missing units get numbers (from after_first_serial where it is given) and are requested from the CA.
--   after_count smaller   as many units that no line has had are withdrawn, highest number first; units that a line has had stay, also where there are then more than planned.
--   after_line            is the plan_line of all units of the day and model that no line has had.
-- Units were moved to another day where one row of the same pull_id and model has fewer and another more; the units themselves may then be moved (unit.plan_date) instead of withdrawn.
-- state: Confirmed, then Applied together with applied_at and result (a sentence for the manager: what was done, how many units stay because a line has had them).
CREATE TABLE plan_correction (
  correction_id INTEGER NOT NULL PRIMARY KEY,
  pull_id INTEGER NOT NULL,
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  before_count INTEGER NOT NULL,
  before_first_serial INTEGER NULL,
  before_line VARCHAR(32) NULL,
  after_count INTEGER NOT NULL,
  after_first_serial INTEGER NULL,
  after_line VARCHAR(32) NULL,
  state VARCHAR(10) NOT NULL,
  confirmed_at CHAR(24) NOT NULL,
  confirmed_by VARCHAR(80) NOT NULL,
  applied_at CHAR(24) NULL,
  result VARCHAR(400) NULL
);

CREATE INDEX plan_correction_state ON plan_correction (state, correction_id);
