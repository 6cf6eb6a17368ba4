-- Who is to unlock a computer, as its log says: the newest word for each person there. 0: nobody has looked at it yet,
-- 1: it waits for an administrator, 2: a manager vouched for it, and it waits for an administrator, 3: decided.

CREATE TABLE admission (
    device INTEGER NOT NULL,
    person INTEGER NOT NULL,
    leaf INTEGER NOT NULL REFERENCES entry (leaf),
    state INTEGER NOT NULL,
    PRIMARY KEY (device, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX admission_new ON admission (leaf) WHERE state = 0;
