//! Packs that are told from those before them, and what they may come to.

use super::*;

#[test]
fn packs_in_brief_have_the_same_bound() {
    let zeros = vec![0; 60_000];
    let rows = |count| -> Vec<PackRow> {
        let first = (1..=count).map(|at| row(1, at, Some(change(&[[9; 32]], &zeros))));
        first.collect()
    };
    let most = (briefly::MAX_CHANGES_BYTES / 60_200) as u64;

    assert!(briefly::write(&rows(most)).is_some());
    assert_eq!(briefly::write(&rows(most + 2)), None);
}

#[test]
fn a_pack_is_told_from_the_packs_before_it() {
    let (mut there, mut here) = (PackWindow::default(), PackWindow::default());
    let words = noise(7, 20_000);
    let mut sizes = Vec::new();
    for at in 1..=3 {
        let rows = [row(at, u64::from(at), Some(change(&[[9; 32]], &words)))];
        let from = PackProgress {
            head: head(),
            mark: PackMark::START,
        };
        let pack = ChartPack::seal_after(&mut there, from, &rows, false, &key()).unwrap();
        sizes.push(pack.packed.len());

        let alone = pack.open(&key().public());
        let charts = pack.open_after(&mut here, &key().public()).unwrap();

        assert_eq!(alone.is_ok(), at == 1, "what came before must be known");
        assert!(charts[0].changes.first() == rows[0].change.as_ref());
    }
    assert!(
        sizes[0] > words.len() && sizes[1] < 300 && sizes[2] < 300,
        "{sizes:?}"
    );
}

#[test]
fn what_packs_told_is_kept_up_to_a_bound_and_both_sides_drop_the_same() {
    let (mut there, mut here) = (PackWindow::default(), PackWindow::default());
    let part = PackWindow::MAX_BYTES / 4;
    let first = noise(0, part);
    let mut sizes = Vec::new();
    for at in 0..8 {
        // What was told first comes again: it is in the window, or not any more.
        let content = if at == 3 || at == 7 {
            first.clone()
        } else {
            noise(at, part)
        };
        let packed = there.pack(&content).unwrap();
        there.add(&content);
        let again = here.unpack(&packed, content.len()).unwrap();
        here.add(&again);
        assert!(again == content);
        sizes.push(packed.len());
    }
    assert!(
        sizes[3] < 1_000 && sizes[6] > part && sizes[7] < 1_000,
        "{sizes:?}"
    );
    let gone = there.pack(&noise(1, part)).unwrap();
    assert!(gone.len() > part, "it was dropped");
    // A hub that begins anew with a reader that has read more.
    let mut anew = PackWindow::default();
    for at in 5..7 {
        let content = noise(at, 1_000);
        let packed = anew.pack(&content).unwrap();
        anew.add(&content);
        assert_eq!(
            here.unpack(&packed, 999),
            Err(UnpackError::TooLarge { bound: 999 })
        );
        let again = here.unpack(&packed, 1_000).unwrap();
        here.add(&again);
        assert!(again == content);
    }
    let told = format!("{here:?}");
    assert!(told.contains(&PackWindow::MAX_BYTES.to_string()), "{told}");
}
