-- Charts that come in packs, leave, and are asked for.

CREATE TABLE parting (
    -- Charts that left a scope. Each has a place in the scope's feed, as each change in `feed` has.
    scope INTEGER NOT NULL REFERENCES scope (scope),
    position INTEGER NOT NULL,
    chart INTEGER NOT NULL REFERENCES chart (id),
    digest BLOB NOT NULL, -- the feed's there, as it was before
    PRIMARY KEY (scope, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX parting_chart ON parting (chart, scope);

CREATE TABLE guest (
    -- Charts that a site asked for, in its guest scope until a time.
    site INTEGER NOT NULL,
    chart INTEGER NOT NULL REFERENCES chart (id),
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (site, chart)
) STRICT, WITHOUT ROWID;

CREATE INDEX guest_until ON guest (until_ms);

CREATE TABLE number (
    -- A cache: the charts that have, or once had, a number that is printed on cards.
    number TEXT NOT NULL,
    chart INTEGER NOT NULL REFERENCES chart (id),
    PRIMARY KEY (number, chart)
) STRICT, WITHOUT ROWID;

-- The last change that was looked into for numbers.
INSERT INTO meta (key, value) VALUES ('store/numbered', x'0000000000000000');
