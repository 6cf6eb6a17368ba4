//! Which files are found, and in which pieces they come.

use super::*;

#[test]
fn folders_are_searched_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.json", "a.ndjson", "notes.txt"] {
        std::fs::write(folder.path().join(name), "{}").unwrap();
    }

    let found = find(&[folder.path().to_owned()]);

    let names: Vec<_> = found.iter().filter_map(|it| it.path.file_name()).collect();
    assert_eq!(names, ["a.ndjson", "b.json"]);
}

#[test]
fn what_cannot_be_read_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let empty = find(&[folder.path().to_owned()]);
    let missing = find(&[folder.path().join("none.json")]);

    assert!(Pieces::open(&empty[0]).is_err_and(|it| it.contains("no .json")));
    assert!(Pieces::open(&missing[0]).is_err_and(|it| it.contains("not found")));
}

#[test]
fn a_file_of_two_gigabytes_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.json");
    let open = |size| {
        File::create(&path).unwrap().set_len(size).unwrap();
        Pieces::open(&find(std::slice::from_ref(&path))[0])
    };

    assert!(open(2 << 30).is_err_and(|it| it.contains("512 MB")));
    assert!(open(Document::MAX_BYTES + 1).is_err());
    assert!(open(Document::MAX_BYTES).is_ok());
}

#[test]
fn folders_are_searched_so_deep_and_a_deeper_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    for _ in 0..MAX_DEPTH {
        deep.push("in");
    }
    std::fs::create_dir_all(deep.join("too deep")).unwrap();
    for file in ["deep.json", "too deep/lost.json"] {
        std::fs::write(deep.join(file), "{}").unwrap();
    }

    let found = find(&[folder.path().to_owned()]);

    let names: Vec<_> = found.iter().filter_map(|it| it.path.file_name()).collect();
    assert_eq!(names, ["deep.json", "too deep"]);
    assert!(Pieces::open(&found[0]).is_ok());
    assert!(Pieces::open(&found[1]).is_err_and(|it| it.contains("8 deep")));
}

#[test]
fn a_file_comes_whole_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.ndjson");
    std::fs::write(&path, "{}\n{}\n").unwrap();

    let mut pieces = Pieces::open(&find(&[path])[0]).unwrap();

    assert_eq!(pieces.next(), Ok(Some(bytes("{}\n{}\n"))));
    assert_eq!(pieces.next(), Ok(None));
}

fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

/// Reads NDJSON in pieces of 8 bytes and lines of 6, and looks for the end of a longer one for 10.
#[track_caller]
fn check(content: &str, expected: &[Result<Piece, &str>]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.ndjson");
    std::fs::write(&path, content).unwrap();
    let limits = Limits {
        piece_bytes: 8,
        line_bytes: 6,
        skip_bytes: 10,
    };
    let mut pieces = Pieces::within(&find(&[path])[0], limits).unwrap();

    let mut read = Vec::new();
    while let Some(piece) = pieces.next().transpose() {
        read.push(piece);
    }

    let expected: Vec<_> = expected
        .iter()
        .map(|it| match it {
            Ok(Piece::Bytes(bytes)) => Ok(Piece::Bytes(bytes.clone())),
            Ok(Piece::LongLine) => Ok(Piece::LongLine),
            Err(problem) => Err((*problem).to_owned()),
        })
        .collect();
    assert_eq!(read, expected, "{content:?}");
}

#[test]
fn a_line_that_is_too_long_is_passed_over_alone() {
    check("", &[Ok(bytes(""))]);
    check(
        "ab\ncd\nef\ngh",
        &[Ok(bytes("ab\ncd\nef\n")), Ok(bytes("gh"))],
    );
    check("abcde\nfghijk", &[Ok(bytes("abcde\nfghijk"))]);
    check(
        "ab\n1234567890\ncd\n",
        &[Ok(bytes("ab\n")), Ok(Piece::LongLine), Ok(bytes("cd\n"))],
    );
    check(
        "1234567\n1234567\nab",
        &[Ok(Piece::LongLine), Ok(Piece::LongLine), Ok(bytes("ab"))],
    );
    check("ab\n123456789", &[Ok(bytes("ab\n")), Ok(Piece::LongLine)]);
}

#[test]
fn a_line_without_an_end_ends_the_file() {
    check(
        &"0".repeat(50),
        &[Err("a line has no end: this is no NDJSON")],
    );
}

#[cfg(unix)]
#[test]
fn only_files_are_read_wherever_a_link_leads() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("zero.ndjson");
    std::os::unix::fs::symlink("/dev/zero", &device).unwrap();
    let socket = folder.path().join("socket.json");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::write(folder.path().join("true"), "{}").unwrap();
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink("true", &link).unwrap();

    for path in [device, socket] {
        let opened = Pieces::open(&find(&[path])[0]);
        assert!(opened.is_err_and(|it| it.contains("not a file")));
    }
    assert!(Pieces::open(&find(&[link])[0]).is_ok());
}

#[cfg(unix)]
#[test]
fn a_folder_is_searched_once_however_many_links_lead_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("export");
    std::fs::create_dir(&export).unwrap();
    std::fs::write(export.join("a.json"), "{}").unwrap();
    for name in ["loop", "again", "up"] {
        let target = if name == "up" { folder.path() } else { &export };
        std::os::unix::fs::symlink(target, export.join(name)).unwrap();
    }

    assert_eq!(find(&[folder.path().to_owned()]).len(), 1);
    assert_eq!(find(&[export.clone(), export]).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_lies_too_deep_is_read_through_a_link_and_one_that_was_read_is_not_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    for _ in 0..MAX_DEPTH {
        deep.push("in");
    }
    std::fs::create_dir_all(deep.join("too deep")).unwrap();
    std::fs::write(deep.join("too deep/a.json"), "{}").unwrap();
    std::os::unix::fs::symlink(folder.path(), deep.join("up")).unwrap();
    std::os::unix::fs::symlink(deep.join("too deep"), folder.path().join("link")).unwrap();

    let found = find(&[folder.path().to_owned()]);

    let names: Vec<_> = found.iter().filter_map(|it| it.path.file_name()).collect();
    assert_eq!(names, ["a.json"]);
}
