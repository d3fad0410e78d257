-- certificate.outcome has a third value, Expired: the CA revoked it because it was not told in time that it is stored here. They are few, and looked for at every run of the batch.
CREATE INDEX certificate_expired ON certificate (machine_number, attempt) WHERE outcome = 'Expired';
