-- How many units of a day and model are in which state, at which line: what every page counts from, whatever the number of units. The triggers keep it in the transaction of the change, whoever
-- makes it. line: the line that has the unit, else the only one that may have it, else empty. Rows at which units is 0 stay.
CREATE TABLE unit_count (
  plan_date CHAR(10) NOT NULL,
  model CHAR(4) NOT NULL,
  line VARCHAR(64) NOT NULL,
  state VARCHAR(14) NOT NULL,
  units INTEGER NOT NULL,
  PRIMARY KEY (plan_date, model, line, state)
);

CREATE INDEX unit_count_state ON unit_count (state, plan_date);

INSERT INTO unit_count (plan_date, model, line, state, units)
SELECT plan_date, model, COALESCE(line, plan_line, ''), state, COUNT(*) FROM unit GROUP BY plan_date, model, COALESCE(line, plan_line, ''), state;

CREATE TRIGGER unit_added AFTER INSERT ON unit BEGIN
  INSERT INTO unit_count (plan_date, model, line, state, units)
  SELECT NEW.plan_date, NEW.model, COALESCE(NEW.line, NEW.plan_line, ''), NEW.state, 0
  WHERE NOT EXISTS (
    SELECT 1 FROM unit_count WHERE plan_date = NEW.plan_date AND model = NEW.model AND line = COALESCE(NEW.line, NEW.plan_line, '') AND state = NEW.state);
  UPDATE unit_count SET units = units + 1
  WHERE plan_date = NEW.plan_date AND model = NEW.model AND line = COALESCE(NEW.line, NEW.plan_line, '') AND state = NEW.state;
END;

CREATE TRIGGER unit_moved AFTER UPDATE OF plan_date, model, line, plan_line, state ON unit
WHEN OLD.state <> NEW.state OR COALESCE(OLD.line, OLD.plan_line, '') <> COALESCE(NEW.line, NEW.plan_line, '') OR OLD.plan_date <> NEW.plan_date OR OLD.model <> NEW.model
BEGIN
  UPDATE unit_count SET units = units - 1
  WHERE plan_date = OLD.plan_date AND model = OLD.model AND line = COALESCE(OLD.line, OLD.plan_line, '') AND state = OLD.state;
  INSERT INTO unit_count (plan_date, model, line, state, units)
  SELECT NEW.plan_date, NEW.model, COALESCE(NEW.line, NEW.plan_line, ''), NEW.state, 0
  WHERE NOT EXISTS (
    SELECT 1 FROM unit_count WHERE plan_date = NEW.plan_date AND model = NEW.model AND line = COALESCE(NEW.line, NEW.plan_line, '') AND state = NEW.state);
  UPDATE unit_count SET units = units + 1
  WHERE plan_date = NEW.plan_date AND model = NEW.model AND line = COALESCE(NEW.line, NEW.plan_line, '') AND state = NEW.state;
END;

CREATE TRIGGER unit_removed AFTER DELETE ON unit BEGIN
  UPDATE unit_count SET units = units - 1
  WHERE plan_date = OLD.plan_date AND model = OLD.model AND line = COALESCE(OLD.line, OLD.plan_line, '') AND state = OLD.state;
END;

-- What was proved within a day, whichever day it was planned for.
CREATE INDEX unit_proved_at ON unit (proved_at) WHERE proved_at IS NOT NULL;
