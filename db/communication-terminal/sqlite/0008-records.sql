-- Units are searched along one of these, by number within it. unit_line costs a batch nothing: no unit of it has a line yet.
CREATE INDEX unit_day ON unit (plan_date, machine_number);
CREATE INDEX unit_line ON unit (line, machine_number) WHERE line IS NOT NULL;
