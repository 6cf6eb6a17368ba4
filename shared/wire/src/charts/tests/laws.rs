//! Packs of anything, and of anything but packs.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn opening_gives_back_what_was_sealed(rows in rows()) {
        let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &key()).unwrap();

        let opened: Vec<(ChartId, PackedChange)> = open(&pack)
            .into_iter()
            .flat_map(|it| it.changes.into_iter().map(move |change| (it.chart, change)))
            .collect();
        let sealed: Vec<(ChartId, PackedChange)> =
            rows.into_iter().filter_map(|it| Some((it.chart, it.change?))).collect();
        prop_assert!(opened == sealed);
    }

    #[test]
    fn slim_changes_come_back_exactly(changes in vec(vec(any::<u8>(), 0..100), 0..10)) {
        let (mut there, mut back) = (slim::Hashes::default(), slim::Hashes::default());
        for bytes in changes {
            let body = slim::slim(&bytes, &mut there);
            prop_assert_eq!(slim::expand(&body, &mut back), Some(bytes));
        }
    }

    #[test]
    fn arbitrary_bytes_are_a_pack_or_an_error(bytes in vec(any::<u8>(), 0..300)) {
        drop(signed(bytes.clone(), PackMark { chart: 1, change: 1 }, true).open(&key().public()));
        drop(columns::read(&bytes));
        drop(briefly::read(&bytes));
        drop(PackWindow::default().unpack(&[&[3], bytes.as_slice()].concat(), 4096));
        drop(slim::expand(&bytes, &mut slim::Hashes::default()));
    }

    #[test]
    fn damaged_columns_are_a_pack_or_an_error(rows in rows(), at: usize, flip in 1_u8..) {
        let mut bytes = columns::write(&rows).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        drop(columns::read(&bytes));
        let mut bytes = briefly::write(&rows).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        drop(briefly::read(&bytes));
    }
}
