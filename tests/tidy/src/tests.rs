//! The rules, applied to this tree.

mod broken;

use std::path::Path;

use crate::source::long_functions;
use crate::{
    House, bindings_are_committed, bounds, file_sizes, front_end_doors, function_sizes, layers,
    locked_addresses, module_docs, owners, profiles_that_abort, specifications, unreached_files,
};

#[track_caller]
fn check(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn house() -> House {
    House::of_this_project().expect("this crate stands in the project's tree")
}

#[test]
fn a_room_uses_only_the_rooms_it_may() {
    check(&layers(&house()).unwrap());
}

#[test]
fn only_its_owner_names_a_heavy_dependency() {
    check(&owners(&house()).unwrap());
}

#[test]
fn a_panic_can_be_caught_in_every_profile() {
    check(&profiles_that_abort(&house()).unwrap());
}

#[test]
fn no_file_is_too_long() {
    check(&file_sizes(&house()).unwrap());
}

#[test]
fn no_function_is_too_long() {
    check(&function_sizes(&house()).unwrap());
}

#[test]
fn every_file_says_what_it_is_for() {
    check(&module_docs(&house()).unwrap());
}

#[test]
fn every_file_is_reached() {
    check(&unreached_files(&house()).unwrap());
}

#[test]
fn every_bound_is_named_in_a_test() {
    check(&bounds(&house()).unwrap());
}

#[test]
fn the_front_end_has_one_door_to_the_host() {
    check(&front_end_doors(&house()).unwrap());
}

#[test]
fn generated_bindings_are_committed() {
    check(&bindings_are_committed(&house()));
}

#[test]
fn lock_files_name_no_server() {
    check(&locked_addresses(&house()).unwrap());
}

#[test]
fn the_promised_documents_exist() {
    check(&specifications(&house()).unwrap());
}

#[test]
fn a_long_function_is_found() {
    let body = "    let _x = 1;\n".repeat(80);
    let text = format!("fn short() {{}}\nimpl It {{\nfn long() {{\n{body}}}\n}}\n");

    let faults = long_functions(Path::new("x.rs"), &text).unwrap();

    assert_eq!(faults, ["x.rs: long has 82 lines, at most 70"]);
}
