-- What a hub that was restored knows of its feeds before, and how scopes are compared.

CREATE TABLE feed_epoch (
    -- Where each feed of an older epoch went over into that of the next: up to there both are the same.
    id INTEGER NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    scope INTEGER NOT NULL, -- zero once for each epoch, so that one without any feed is known too
    ended_at INTEGER NOT NULL, -- its last position
    UNIQUE (epoch, scope)
) STRICT;

CREATE INDEX member_scope ON member (scope, chart);
