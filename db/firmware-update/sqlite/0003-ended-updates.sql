-- Updates that are over are deleted after a while; they are looked for by their end.
CREATE INDEX firmware_update_ended ON firmware_update (changed_at) WHERE state = 'Reported';
