-- One row per update of one device. Every change of state names the state that it expects.
CREATE TABLE firmware_update (
  id CHAR(36) NOT NULL PRIMARY KEY,
  device VARCHAR(64) NOT NULL,
  image VARCHAR(64) NOT NULL,
  application VARCHAR(32) NULL,
  version VARCHAR(32) NOT NULL,
  state VARCHAR(16) NOT NULL,
  outcome VARCHAR(16) NULL,
  detail VARCHAR(2000) NULL,
  code VARCHAR(32) NULL,
  requested_by VARCHAR(200) NOT NULL,
  started_by_board INT NOT NULL,
  request_key VARCHAR(100) NULL,
  requested_at VARCHAR(33) NOT NULL,
  changed_at VARCHAR(33) NOT NULL,
  version_before VARCHAR(64) NULL,
  version_read VARCHAR(64) NULL,
  sends INT NOT NULL,
  abort_requested INT NOT NULL,
  reported INT NOT NULL,
  -- The one-time password and the one that overwrites it, each wrapped; both empty once the board has been told to forget.
  password_state VARCHAR(16) NOT NULL,
  password VARBINARY(500) NULL,
  erase_password VARBINARY(500) NULL
);

-- One update at a time per device: it ends with its outcome.
CREATE UNIQUE INDEX firmware_update_under_way ON firmware_update (device) WHERE outcome IS NULL;
CREATE UNIQUE INDEX firmware_update_by_request_key ON firmware_update (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX firmware_update_unfinished ON firmware_update (device, id) WHERE state <> 'Reported';
