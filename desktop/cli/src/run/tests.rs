//! Tests of whole runs that need no hub.

use clap::CommandFactory as _;

use super::*;

fn posta(arguments: &[&str]) -> (u8, String, String) {
    let arguments = std::iter::once("posta")
        .chain(arguments.iter().copied())
        .map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = run(arguments, &mut out, &mut err);
    (
        status,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[test]
fn the_arguments_are_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn nonsense_is_status_2_and_help_is_status_0() {
    assert_eq!(posta(&["dance"]).0, 2);
    assert_eq!(posta(&["sync", "--every", "1"]).0, 2);
    let (status, out, _err) = posta(&["--help"]);
    assert_eq!(status, 0);
    assert!(out.contains("enrol"));
}

#[test]
fn a_folder_without_a_home_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();

    let (status, _out, err) = posta(&["--home", home, "status"]);

    assert_eq!(status, 1);
    assert!(err.contains("posta enrol"), "{err}");
}

#[test]
fn no_home_at_all_says_what_to_do() {
    let (status, _out, err) = posta(&["status"]);

    assert_eq!(status, 1);
    assert!(err.contains("--home DIR"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_home_whose_name_is_no_text_says_so() {
    use std::os::unix::ffi::OsStringExt as _;
    let home = OsString::from_vec(b"/tmp/\xff".to_vec());
    let arguments = ["posta".into(), "--home".into(), home, "status".into()];
    let (mut out, mut err) = (Vec::new(), Vec::new());

    let status = run(arguments, &mut out, &mut err);

    assert_eq!(status, 1);
    assert!(String::from_utf8(err).unwrap().contains("UTF-8"));
}

#[test]
fn an_error_for_a_script_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();

    let (status, _out, err) = posta(&["--home", home, "--json", "status"]);

    assert_eq!(status, 1);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&err).unwrap()["code"],
        "notEnrolled"
    );
}

#[test]
fn an_invite_with_a_typing_error_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let passphrase = folder.path().join("passphrase");
    std::fs::write(&passphrase, "long enough\n").unwrap();
    let enrol = |invite: &str| {
        let arguments = [
            "--home",
            home.to_str().unwrap(),
            "enrol",
            invite,
            "--passphrase-file",
        ];
        let arguments: Vec<&str> = arguments
            .into_iter()
            .chain([passphrase.to_str().unwrap()])
            .collect();
        posta(&arguments).2
    };

    assert!(enrol("posta1-abcde-fghjk").contains("typing error"));
    assert!(enrol("hello").contains("begins with posta1-"));
    assert!(!home.exists());
}
