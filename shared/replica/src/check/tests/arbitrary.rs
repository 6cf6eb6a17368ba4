//! The check eats whatever it is given.

use proptest::prelude::*;

use super::super::MAX_OPERATIONS;
use super::super::forge::reseal;
use super::{Forged, check, forged};

proptest! {
    #[test]
    fn any_bytes_are_checked(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(check(&bytes).is_err(), "no checksum is met by chance");
    }

    #[test]
    fn any_body_is_checked(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(change) = check(&reseal(&bytes)) {
            prop_assert!(change.operation_count() <= MAX_OPERATIONS);
        }
    }

    #[test]
    fn any_columns_are_checked(
        columns in prop::collection::vec(
            (prop::sample::select(vec![1_u32, 2, 21, 52, 66, 86, 87, 112, 113, 115]),
             prop::collection::vec(prop_oneof![Just(0x7f_u8), 0_u8..4, any::<u8>()], 0..12)),
            0..6,
        ),
    ) {
        let bytes = Forged { columns, ..forged() }.bytes();

        if let Ok(change) = check(&bytes) {
            prop_assert!(change.operation_count() <= MAX_OPERATIONS);
            let automerges = automerge::Change::from_bytes(bytes);
            prop_assert!(automerges.is_ok_and(|it| it.len() == change.operation_count()));
        }
    }
}
