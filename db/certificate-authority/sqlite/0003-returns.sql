-- Requests by which a terminal gave certificates back (ReturnCertificates), so that the same one again never revokes what was issued after it.
CREATE TABLE certificate_return (
  request_id CHAR(36) NOT NULL PRIMARY KEY,
  caller VARCHAR(100) NOT NULL,
  content_sha256 CHAR(64) NOT NULL,
  revoked INTEGER NOT NULL,
  received_at VARCHAR(30) NOT NULL
);
