//! Operations that a chart never needs: they would delete, count, hide or write over.

use automerge::transaction::Transactable as _;
use automerge::{ActorId, ObjType, ROOT, ScalarValue};
use sha2::{Digest as _, Sha256};

use super::super::forge::Forged;
use super::{check, forged, refuses, written};
use crate::samples::chart_with_visits;
use crate::{ChangeRefusal, Field, genesis};

#[test]
fn nothing_but_bytes_set_in_a_map_is_taken() {
    let names = || Field::Names.object();
    let values: Vec<ScalarValue> = vec![
        "text".into(),
        1_u64.into(),
        (-1_i64).into(),
        true.into(),
        1.5_f64.into(),
        ScalarValue::Null,
        ScalarValue::counter(1),
        ScalarValue::Timestamp(1),
    ];
    for value in values {
        let bytes = written(|it| it.put(names(), "key", value).unwrap());
        refuses(&bytes, ChangeRefusal::ForbiddenOperation);
    }
    let list = written(|it| {
        let list = it.put_object(names(), "key", ObjType::List).unwrap();
        it.insert(&list, 0, vec![1]).unwrap();
    });
    refuses(&list, ChangeRefusal::ForbiddenColumn);
    for object in [ObjType::List, ObjType::Text, ObjType::Map] {
        let bytes = written(|it| drop(it.put_object(names(), "key", object).unwrap()));
        refuses(&bytes, ChangeRefusal::ForbiddenOperation);
    }
}

#[test]
fn nothing_is_deleted() {
    let (doc, _) = chart_with_visits(1);
    let mut doc = automerge::Automerge::load(&doc.save()).unwrap();
    doc.set_actor(ActorId::from(&[7; 16][..]));
    let mut transaction = doc.transaction();
    transaction
        .delete(Field::Registers.object(), "birth_date")
        .unwrap();
    transaction.commit();

    let bytes = doc.get_last_local_change().unwrap().raw_bytes().to_vec();

    refuses(&bytes, ChangeRefusal::ForbiddenOperation);
}

#[test]
fn the_containers_cannot_be_hidden() {
    let root = Forged {
        object: (0, 0),
        other_actors: Vec::new(),
        ..forged()
    };

    refuses(&root.bytes(), ChangeRefusal::RootWritten);
    let again = Forged {
        makes: true,
        key: "statements",
        ..root.clone()
    };
    refuses(&again.bytes(), ChangeRefusal::RootWritten);
    let over = Forged {
        makes: true,
        key: "new",
        replaces: vec![(0, 5)],
        ..root.clone()
    };
    refuses(&over.bytes(), ChangeRefusal::RootWritten);
    assert!(
        check(
            &Forged {
                makes: true,
                key: "new",
                ..root
            }
            .bytes()
        )
        .is_ok()
    );
    refuses(genesis::GENESIS, ChangeRefusal::WrongDependencies);
    let cleared = written(|it| it.delete(ROOT, "statements").unwrap());
    refuses(&cleared, ChangeRefusal::ForbiddenOperation);
}

#[test]
fn a_statement_is_not_written_over() {
    let over = Forged {
        object: (1, 8),
        replaces: vec![(0, 5)],
        ..forged()
    };

    refuses(&over.bytes(), ChangeRefusal::StatementOverwritten);
    assert!(
        check(
            &Forged {
                object: (1, 7),
                ..over
            }
            .bytes()
        )
        .is_ok()
    );
}

#[test]
fn nothing_is_written_twice_or_under_a_strange_key() {
    let columns = vec![
        (1, vec![2, 1]),
        (2, vec![2, 2]),
        (21, vec![2, 1, b'k']),
        (52, vec![2]),
        (66, vec![2, 1]),
        (86, vec![2, 7]),
        (87, Vec::new()),
        (112, vec![2, 0]),
    ];

    refuses(
        &Forged {
            columns,
            ..forged()
        }
        .bytes(),
        ChangeRefusal::WrittenTwice,
    );
    refuses(
        &Forged {
            key: "",
            ..forged()
        }
        .bytes(),
        ChangeRefusal::BadKey,
    );
    let long = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
    assert_eq!(long.len(), 65);
    refuses(
        &Forged {
            key: long,
            ..forged()
        }
        .bytes(),
        ChangeRefusal::BadKey,
    );
}

#[test]
fn what_a_change_replaces_lies_in_its_past() {
    let of = |counter| {
        Forged {
            replaces: vec![(0, counter)],
            ..forged()
        }
        .bytes()
    };

    assert!(check(&of(8)).is_ok());
    refuses(&of(9), ChangeRefusal::Damaged);
}

#[test]
fn no_other_kind_of_chunk_is_taken_whatever_it_holds() {
    let change = forged().bytes();
    let mut hashed = change[8..].to_vec();
    for kind in [0, 2, 3, 4, 255] {
        hashed[0] = kind;
        let checksum = &Sha256::digest(&hashed)[..4];
        let other = [&change[..4], checksum, &hashed].concat();

        refuses(&other, ChangeRefusal::NotAChange);
    }
}

#[test]
fn an_authors_footer_is_refused() {
    let mut doc = genesis::document()
        .with_author(Some(b"somebody".to_vec().into()))
        .with_actor(ActorId::from(&[7; 16][..]));
    let mut transaction = doc.transaction();
    transaction
        .put(Field::Names.object(), "key", vec![1])
        .unwrap();
    transaction.commit();
    let first = doc.get_last_local_change().unwrap().raw_bytes().to_vec();

    refuses(&first, ChangeRefusal::ExtraBytes);
    let on_a_later_one = Forged {
        seq: 2,
        extra: b"somebody".to_vec(),
        ..forged()
    };
    refuses(&on_a_later_one.bytes(), ChangeRefusal::ExtraBytes);
}
