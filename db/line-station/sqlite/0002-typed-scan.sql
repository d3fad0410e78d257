-- The last number typed at the terminal that this station has had (P-21); at most one row.
CREATE TABLE typed_scan_seen (
  only_row INT NOT NULL PRIMARY KEY,
  typed_scan INT NOT NULL
);
