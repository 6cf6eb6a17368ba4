//! What the structural check lets through, and each reason for which it refuses.

mod arbitrary;
mod forbidden;

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, transaction::Transaction};

use super::forge::{Forged, body, reseal};
use super::*;
use crate::genesis;
use crate::samples::{actor, chart_with_visits};

fn forged() -> Forged {
    Forged::new(&[genesis::HASH], actor(7))
}

#[track_caller]
fn refuses(bytes: &[u8], expected: ChangeRefusal) {
    assert_eq!(check(bytes), Err(expected));
}

/// Writes a change with automerge itself, upon an empty chart.
fn written(write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
    let mut doc = genesis::document().with_actor(ActorId::from(&[7; 16][..]));
    let mut transaction = doc.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(0));
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn what_we_write_passes() {
    let (doc, changes) = chart_with_visits(2);

    assert_eq!(changes.len(), 3);
    for (change, kept) in changes.iter().zip(doc.changes()) {
        let automerges = automerge::Change::from_bytes(kept.bytes.clone()).unwrap();
        assert_eq!(change.bytes(), kept.bytes);
        assert_eq!(change.hash(), kept.hash);
        assert_eq!(change.seq(), automerges.seq());
        assert_eq!(change.start_op(), automerges.start_op().get());
        assert_eq!(change.operation_count(), automerges.len());
        assert_eq!(change.deps().len(), automerges.deps().len());
        assert_eq!(
            change.actor().as_bytes()[..],
            *automerges.actor_id().to_bytes()
        );
    }
    assert!(check(&forged().bytes()).is_ok());
}

#[test]
fn only_uncompressed_changes_are_taken() {
    let long = written(|it| {
        it.put(Field::Names.object(), "key", vec![0_u8; 2_000])
            .unwrap();
    });
    let compressed = automerge::Change::from_bytes(long.clone())
        .unwrap()
        .bytes()
        .into_owned();
    let (doc, _) = chart_with_visits(1);

    assert!(check(&long).is_ok());
    refuses(&compressed, ChangeRefusal::NotAChange);
    refuses(&doc.save(), ChangeRefusal::NotAChange);
    refuses(b"", ChangeRefusal::NotAChange);
    refuses(b"{\"resourceType\":\"Patient\"}", ChangeRefusal::NotAChange);
    refuses(
        &vec![0; MAX_BYTES + 1],
        ChangeRefusal::TooLarge {
            size: MAX_BYTES + 1,
        },
    );
}

#[test]
fn altered_cut_or_lengthened_bytes_are_refused() {
    let bytes = forged().bytes();
    let mut altered = bytes.clone();
    *altered.last_mut().unwrap() ^= 1;

    refuses(&altered, ChangeRefusal::WrongChecksum);
    refuses(&bytes[..bytes.len() - 1], ChangeRefusal::Damaged);
    refuses(&[&bytes[..], b"x"].concat(), ChangeRefusal::Damaged);
    refuses(&reseal(&body(&bytes)[..60]), ChangeRefusal::Damaged);
    refuses(
        &Forged {
            extra: b"x".to_vec(),
            ..forged()
        }
        .bytes(),
        ChangeRefusal::ExtraBytes,
    );
}

#[test]
fn dependencies_are_few_sorted_and_not_none() {
    let hash = |number: u8| ChangeHash::new([number; 32]);
    let many = |number: usize| (0..).map(hash).take(number).collect::<Vec<_>>();
    let of = |deps: Vec<ChangeHash>| Forged { deps, ..forged() }.bytes();

    refuses(&of(Vec::new()), ChangeRefusal::WrongDependencies);
    assert!(check(&of(many(MAX_DEPENDENCIES))).is_ok());
    refuses(
        &of(many(MAX_DEPENDENCIES + 1)),
        ChangeRefusal::WrongDependencies,
    );
    refuses(&of(vec![hash(2), hash(1)]), ChangeRefusal::Damaged);
    refuses(&of(vec![hash(1), hash(1)]), ChangeRefusal::Damaged);
}

#[test]
fn actors_are_ours() {
    let of = |other_actors: Vec<Actor>| {
        Forged {
            other_actors,
            ..forged()
        }
        .bytes()
    };
    let genesis_writes = Forged {
        actor: GENESIS_ACTOR,
        other_actors: Vec::new(),
        ..forged()
    };
    let short = written(|it| it.put(Field::Names.object(), "key", vec![1]).unwrap());
    let short = body(&short).to_vec();

    refuses(&genesis_writes.bytes(), ChangeRefusal::WrongActor);
    refuses(
        &of(vec![GENESIS_ACTOR, actor(1)]),
        ChangeRefusal::WrongActor,
    );
    refuses(&of(vec![actor(7)]), ChangeRefusal::WrongActor);
    // The actor's length stands after one dependency of 32 bytes.
    let cut = [&short[..33], &[15], &short[35..]].concat();
    refuses(&reseal(&cut), ChangeRefusal::WrongActor);
}

#[test]
fn actors_are_few() {
    let of = |number: usize| {
        let mut other_actors = vec![GENESIS_ACTOR];
        other_actors.extend((0..).take(number - 1).map(|at: u16| {
            let mut bytes = [0xee; 16];
            bytes[..2].copy_from_slice(&at.to_be_bytes());
            Actor::new(bytes)
        }));
        other_actors.sort_unstable();
        let genesis = other_actors.iter().position(|it| *it == GENESIS_ACTOR);
        Forged {
            object: (genesis.unwrap() as u64 + 1, 2),
            other_actors,
            ..forged()
        }
        .bytes()
    };

    assert!(check(&of(MAX_ACTORS)).is_ok());
    refuses(&of(MAX_ACTORS + 1), ChangeRefusal::WrongActor);
}

#[test]
fn keys_are_short() {
    let of = |length| {
        Forged {
            key: "x".repeat(length).leak(),
            ..forged()
        }
        .bytes()
    };

    assert!(check(&of(MAX_KEY_BYTES)).is_ok());
    refuses(&of(MAX_KEY_BYTES + 1), ChangeRefusal::BadKey);
    refuses(&of(0), ChangeRefusal::BadKey);
}

#[test]
fn numbers_stay_in_their_range() {
    let of = |seq, start_op| {
        Forged {
            seq,
            start_op,
            ..forged()
        }
        .bytes()
    };

    refuses(&of(0, 9), ChangeRefusal::WrongNumber);
    refuses(&of(1, 0), ChangeRefusal::WrongNumber);
    assert!(check(&of(MAX_OP, 9)).is_ok());
    refuses(&of(MAX_OP + 1, 9), ChangeRefusal::WrongNumber);
    assert!(check(&of(1, MAX_OP - 1)).is_ok());
    refuses(&of(1, MAX_OP), ChangeRefusal::WrongNumber);
    refuses(&of(1, u64::MAX), ChangeRefusal::WrongNumber);
}

#[test]
fn messages_are_short() {
    let of = |length| {
        Forged {
            message: "x".repeat(length),
            ..forged()
        }
        .bytes()
    };

    assert!(check(&of(MAX_MESSAGE_BYTES)).is_ok());
    refuses(&of(MAX_MESSAGE_BYTES + 1), ChangeRefusal::LongMessage);
}

#[test]
fn a_run_of_millions_is_counted_and_refused() {
    let rows = 3_000_000;
    let repeated = |value: u8| {
        let mut column = vec![0xc0, 0x8d, 0xb7, 0x01];
        column.push(value);
        column
    };
    let columns = vec![
        (1, repeated(1)),
        (2, repeated(2)),
        (52, forge::leb(rows)),
        (66, repeated(1)),
        (86, repeated(7)),
        (87, Vec::new()),
        (112, repeated(0)),
    ];

    let bytes = Forged {
        columns,
        ..forged()
    }
    .bytes();

    assert!(bytes.len() < 180, "{} bytes", bytes.len());
    assert_eq!(automerge_rows(&bytes), rows);
    refuses(&bytes, ChangeRefusal::TooManyOperations);
}

/// Reads the number of rows as automerge would before it begins to make them.
fn automerge_rows(bytes: &[u8]) -> u64 {
    let at = bytes
        .windows(5)
        .rposition(|it| it == [0xc0, 0x8d, 0xb7, 0x01, 1])
        .unwrap();
    u64::try_from(Reader::new(&bytes[at..]).signed().unwrap()).unwrap()
}

#[test]
fn predecessors_of_millions_are_refused() {
    let columns = vec![(112, [vec![0x7f], forge::leb(3_000_000)].concat())];

    refuses(
        &Forged {
            columns,
            ..forged()
        }
        .bytes(),
        ChangeRefusal::TooManyPredecessors,
    );
}

#[test]
fn predecessors_are_counted_up_to_the_limit() {
    let of = |number: u16| {
        // A run is its length, as a signed number, and the value.
        let mut length = forge::leb(u64::from(number));
        if length.last().unwrap() & 0x40 != 0 {
            // It would be read as a negative one, which is a list of values.
            *length.last_mut().unwrap() |= 0x80;
            length.push(0);
        }
        let run = |value: u8| [&length[..], &[value]].concat();
        let columns = vec![
            (112, [vec![0x7f], forge::leb(u64::from(number))].concat()),
            (113, run(0)),
            (115, run(0)),
        ];
        Forged {
            columns,
            ..forged()
        }
        .bytes()
    };
    let most = u16::try_from(MAX_PREDECESSORS).unwrap();

    assert!(check(&of(most)).is_ok());
    refuses(&of(most + 1), ChangeRefusal::TooManyPredecessors);
}

#[test]
fn columns_are_ours_and_tell_the_same_number_of_operations() {
    let of = |column: (u32, Vec<u8>)| {
        Forged {
            columns: vec![column],
            ..forged()
        }
        .bytes()
    };

    refuses(&of((66 | 8, vec![0x7f, 1])), ChangeRefusal::Compressed);
    refuses(
        &of((165, vec![0x7f, 1, b'm'])),
        ChangeRefusal::ForbiddenColumn,
    );
    refuses(&of((19, vec![0x7f, 0])), ChangeRefusal::ForbiddenColumn);
    refuses(&of((66, Vec::new())), ChangeRefusal::NoOperations);
    refuses(&of((66, vec![2, 1])), ChangeRefusal::ForbiddenOperation);
    refuses(&of((21, Vec::new())), ChangeRefusal::Damaged);
    refuses(&of((21, vec![2, 1, b'k'])), ChangeRefusal::Damaged);
    refuses(&of((1, Vec::new())), ChangeRefusal::Damaged);
    refuses(&of((1, vec![0x7f, 9])), ChangeRefusal::Damaged);
    refuses(&of((2, vec![0x7f, 9])), ChangeRefusal::Damaged);
    refuses(&of((87, b"abcd".to_vec())), ChangeRefusal::Damaged);
    refuses(&of((87, b"ab".to_vec())), ChangeRefusal::Damaged);
    refuses(&of((112, Vec::new())), ChangeRefusal::Damaged);
    refuses(&of((113, vec![0x7f, 1])), ChangeRefusal::Damaged);
}
