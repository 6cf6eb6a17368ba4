-- What is signed of feeds, so that whoever holds a run of one can prove it.

CREATE TABLE feed_link (
    -- A cache: the chain over each feed at every so many places, so that none is made again from the beginning.
    scope INTEGER NOT NULL REFERENCES scope (scope),
    position INTEGER NOT NULL,
    chain BLOB NOT NULL,
    PRIMARY KEY (scope, position)
) STRICT, WITHOUT ROWID;
