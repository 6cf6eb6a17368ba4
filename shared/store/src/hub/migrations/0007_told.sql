-- How often each device was told that a file is here whole: a device that has heard of more knows that this database is
-- an older copy, and that files may be lacking.

CREATE TABLE told (
    device INTEGER NOT NULL PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT;
