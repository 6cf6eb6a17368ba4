-- What can be proven of each feed: the order of its newest places, and the hub's signature over them.

CREATE TABLE feed_tail (
    -- One row for each scope: from where on the order is known, and up to where the hub has signed it.
    scope INTEGER NOT NULL PRIMARY KEY,
    begins INTEGER NOT NULL, -- the place before the first in feed_place
    ends INTEGER NOT NULL, -- the last place in feed_place
    chain BLOB NOT NULL, -- the feed's chain there
    feed_epoch INTEGER NOT NULL, -- of the newest seal
    sealed INTEGER NOT NULL, -- up to where that stands; zero for none
    sealed_chain BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE feed_place (
    -- What stands for each item of a feed, in order. It stays when the item's chart leaves, and tells nothing of it.
    scope INTEGER NOT NULL REFERENCES feed_tail (scope) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (scope, position)
) STRICT, WITHOUT ROWID;
