-- A board that began an update itself is told how it ended, whatever became of what the center is told (reported).
ALTER TABLE firmware_update ADD COLUMN board_told INT NOT NULL DEFAULT 0;
