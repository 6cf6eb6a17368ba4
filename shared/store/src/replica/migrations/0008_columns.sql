-- Of an index that keeps least of each word (detail = none), SQLite 3.53 does not remove every word that is to leave no
-- trace, if words of other charts change in the same transaction. One that keeps the columns as well is right.

DROP TABLE search_part;

CREATE VIRTUAL TABLE search_part USING fts5 (
    found_by,
    content = 'search',
    content_rowid = 'chart',
    tokenize = 'trigram case_sensitive 1',
    detail = 'column',
    columnsize = 0
);

INSERT INTO search_part (search_part, rank) VALUES ('secure-delete', 1);
INSERT INTO search_part (search_part) VALUES ('rebuild');
