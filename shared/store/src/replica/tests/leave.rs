//! Charts that leave: kept until the hub has what was written here, then gone without a trace.

use super::*;

const WORDS: &str = "Wanjiru came with a cough";

/// A chart with a foreign change, an own change, an opening, a draft and an import; a second chart of the same.
fn held() -> ReplicaStore {
    let mut store = store();
    for (chart, number) in [(CHART, 1), (OTHER, 2)] {
        let mut commit = visit(chart, number);
        for entry in commit.entries.iter_mut().filter(|it| it.change.is_some()) {
            entry.entry.payload = format!("{WORDS}, own of {chart}").into_bytes();
        }
        commit.charts[0].snapshot = format!("{WORDS}, document of {chart}").into_bytes();
        commit.charts[0].row.name = format!("Wanjiru {chart}");
        commit.meta = vec![(
            format!("draft/5/{chart}"),
            format!("{WORDS}, draft of {chart}").into_bytes(),
        )];
        commit.sources = vec![Source {
            key: format!("Patient/{number}"),
            chart,
            statement: StatementId::new([number; 16]),
        }];
        store.commit(&commit).unwrap();
        let change = ForeignChange {
            bytes: format!("{WORDS}, another's of {chart}").into_bytes(),
            ..foreign(chart, u64::from(number))
        };
        let batch = Taken {
            changes: vec![change],
            ..taken(u64::from(number))
        };
        store.take(&batch).unwrap();
    }
    store
}

pub(super) fn leaving(chart: ChartId, position: u64) -> Taken {
    Taken {
        left: vec![chart],
        ..taken(position)
    }
}

fn in_scope(taken: &mut Taken, scope: ScopeId) {
    taken.scope = scope;
    if let Some(cursor) = &mut taken.cursor {
        cursor.scope = scope;
    }
}

/// Every byte of the file, as it would be without encryption: the pages that are free too.
pub(super) fn file(store: &ReplicaStore) -> Vec<u8> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("plain.db");
    store
        .connection
        .backup("main", &path, None::<fn(_)>)
        .unwrap();
    std::fs::read(path).unwrap()
}

/// Tells whether a file has what was written of a chart. A document may be packed.
fn has(file: &[u8], what: &str, chart: ChartId) -> bool {
    let text = format!("{WORDS}, {what} of {chart}").into_bytes();
    let kept = if what == "document" {
        packed::pack(&text)
    } else {
        text
    };
    file.windows(kept.len()).any(|it| it == kept)
}

#[test]
fn a_chart_that_left_is_gone_without_a_trace() {
    let mut store = held();
    store.note_stored(1, 4).unwrap();
    let before = file(&store);
    for what in ["own", "document", "draft", "another's"] {
        assert!(has(&before, what, CHART), "{what}");
    }

    store.take(&leaving(CHART, 3)).unwrap();

    let after = file(&store);
    let name = CHART.to_string().into_bytes();
    assert!(
        !after.windows(name.len()).any(|it| it == name),
        "a word of it is in the file"
    );
    for what in ["own", "document", "draft", "another's"] {
        assert!(!has(&after, what, CHART), "{what}");
        assert!(has(&after, what, OTHER), "{what} of another chart stays");
    }
    assert_eq!(store.count_leaving().unwrap(), 0);
    assert_eq!(store.charts().unwrap(), [OTHER]);
    assert_eq!(store.changes_of(CHART).unwrap(), []);
    assert_eq!(store.find("wanjiru", 9).unwrap().len(), 1);
    assert_eq!(store.source_of("Patient/1").unwrap(), None);
    assert_eq!(store.get(&format!("draft/5/{CHART}")).unwrap(), None);
    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn the_own_log_keeps_its_places() {
    let mut store = held();
    let log = store.own_entries(1, 0, usize::MAX).unwrap();
    let head = store.log_head().unwrap();
    store.note_stored(1, 4).unwrap();

    store.take(&leaving(CHART, 3)).unwrap();

    assert_eq!(store.log_head().unwrap(), head);
    let kept = store.own_entries(1, 0, usize::MAX).unwrap();
    let removed: Vec<bool> = kept.iter().map(|it| it.is_removed).collect();
    assert_eq!(removed, [false, true, false, false], "who looked stays");
    assert_eq!(kept[0].bytes, log[0].bytes);
    assert_eq!(store.removed_after(0).unwrap(), (1, 2));
    assert_eq!(store.removed_after(2).unwrap(), (0, 0));
    for (kept, before) in kept.iter().zip(&log) {
        assert_eq!((kept.seq, kept.chain), (before.seq, before.chain));
    }
    assert_eq!(store.own_change_hash(1, 2).unwrap(), None);
    assert_eq!(store.own_change_hash(1, 4).unwrap(), Some([2; 32]));
}

#[test]
fn a_chart_waits_until_the_hub_has_what_was_written_here() {
    let mut store = held();

    store.take(&leaving(CHART, 3)).unwrap();
    assert_eq!(store.count_leaving().unwrap(), 1);
    assert_eq!(store.charts().unwrap(), [CHART, OTHER]);
    assert!(store.get(&format!("draft/5/{CHART}")).unwrap().is_some());

    store.note_stored(1, 1).unwrap();
    assert_eq!(store.count_leaving().unwrap(), 1);
    store.note_stored(1, 2).unwrap();
    assert_eq!(store.count_leaving().unwrap(), 0);
    assert_eq!(store.charts().unwrap(), [OTHER]);
}

#[test]
fn what_was_written_about_a_chart_that_left_is_for_no_other_site() {
    let mut store = held();
    let (log, scopes) = (store.log_head().unwrap(), [taken(1).scope]);
    assert_eq!(store.first_outside(log, 0, &scopes).unwrap(), None);

    store.take(&leaving(CHART, 3)).unwrap();
    let while_it_waits = store.first_outside(log, 0, &scopes).unwrap();
    store.note_stored(1, 4).unwrap();
    assert_eq!(store.count_leaving().unwrap(), 0);
    let once_it_is_gone = store.first_outside(log, 0, &scopes).unwrap();

    assert_eq!(while_it_waits, Some(1));
    assert_eq!(once_it_is_gone, Some(1), "a hub that was put back has less");
}

#[test]
fn a_chart_stays_by_another_scope() {
    let mut store = held();
    store.note_stored(1, 4).unwrap();
    let mut other = Taken {
        changes: vec![foreign(CHART, 1)],
        ..taken(1)
    };
    in_scope(&mut other, ScopeId(5));
    store.take(&other).unwrap();

    store.take(&leaving(CHART, 3)).unwrap();
    assert_eq!(store.charts().unwrap(), [CHART, OTHER]);

    let mut last = leaving(CHART, 2);
    in_scope(&mut last, ScopeId(5));
    store.take(&last).unwrap();
    assert_eq!(store.charts().unwrap(), [OTHER]);
}

#[test]
fn a_chart_that_comes_back_before_it_is_gone_stays() {
    let mut store = held();
    store.take(&leaving(CHART, 3)).unwrap();

    let back = Taken {
        changes: vec![foreign(CHART, 1)],
        ..taken(4)
    };
    store.take(&back).unwrap();
    store.note_stored(1, 4).unwrap();

    assert_eq!(store.count_leaving().unwrap(), 0);
    assert_eq!(store.charts().unwrap(), [CHART, OTHER]);
}

#[test]
fn a_chart_that_comes_back_has_its_own_changes_again() {
    let mut store = held();
    store.note_stored(1, 4).unwrap();
    store.take(&leaving(CHART, 3)).unwrap();

    let own = ForeignChange {
        position: LogPosition {
            device: DeviceId(3),
            epoch: 1,
            seq: 2,
        },
        hash: [1; 32],
        bytes: b"sent in full".to_vec(),
        ..foreign(CHART, 1)
    };
    let back = Taken {
        changes: vec![foreign(CHART, 1), own],
        ..taken(5)
    };
    store.take(&back).unwrap();

    assert_eq!(places(&store.changes_of(CHART).unwrap()), [1, 2]);
    assert_eq!(store.own_change_hash(1, 2).unwrap(), Some([1; 32]));
    assert_eq!(store.log_head().unwrap().seq, 4);
    let log = store.own_entries(1, 0, usize::MAX).unwrap();
    assert!(log.iter().all(|it| !it.is_removed));
}

#[test]
fn a_part_of_a_pack_leaves_the_cursor() {
    let mut store = store();
    let part = Taken {
        changes: vec![foreign(CHART, 1)],
        meta: vec![("packs".to_owned(), b"one".to_vec())],
        cursor: None,
        ..taken(9)
    };

    store.take(&part).unwrap();

    assert_eq!(store.cursors().unwrap(), []);
    assert_eq!(store.changes_of(CHART).unwrap().len(), 1);
    assert_eq!(store.scopes_of(CHART).unwrap(), [ScopeId(4)]);
    assert_eq!(store.get("packs").unwrap(), Some(b"one".to_vec()));
}
