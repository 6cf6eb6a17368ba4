//! The story of the demo, told to nobody.

use end_to_end::narrator::Nobody;
use end_to_end::story::{Options, run};

use crate::programs;

#[test]
fn two_clinics_one_hub_one_truth() {
    let options = Options {
        people: 16,
        records: None,
        keep: None,
    };

    let told = run(programs(), &options, &mut Nobody);

    if let Err(error) = told {
        panic!("{error:#}");
    }
}
