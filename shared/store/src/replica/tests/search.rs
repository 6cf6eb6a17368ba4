//! Finding a patient as a clerk types.

use proptest::prelude::*;

use super::super::find::{MAX_CANDIDATES, MAX_ROWS, MAX_TYPED, MAX_WORDS};
use super::*;
use crate::database;
use crate::replica::leave;

/// A store of the given patients: name, number, phone.
fn store_of(people: &[(&str, &str, &str)]) -> ReplicaStore {
    let mut store = store();
    let charts = people
        .iter()
        .zip(0_u8..)
        .map(|((name, number, phone), at)| {
            let mut update = update(ChartId::new([at; 16]), name);
            update.row.number = (*number).to_owned();
            update.row.phone = (*phone).to_owned();
            update.row.also = Vec::new();
            update.row.place = String::new();
            update
        })
        .collect();
    store
        .commit(&Commit {
            charts,
            ..Commit::default()
        })
        .unwrap();
    store
}

fn clinic() -> ReplicaStore {
    store_of(&[
        ("Amina Wanjiru", "1004-00017-6", "0712 345-678"),
        ("José María Núñez", "1004-00021-3", "+254 (0)20 555 0101"),
        ("Đặng Thị Ánh", "1005-00001-9", ""),
        ("Wanjiru Amondi", "1005-00002-8", "0799 111 222"),
        ("O'Brien, Siân", "1006-00003-4", "0712 999 000"),
        ("Ann Wambui", "1006-00004-5", ""),
    ])
}

#[track_caller]
fn check(typed: &str, expected: &[&str]) {
    let found = clinic().find(typed, 10).unwrap();
    let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, expected, "finding {typed:?}");
}

#[test]
fn one_or_two_letters_find_what_begins_so() {
    check("w", &["Wanjiru Amondi", "Amina Wanjiru", "Ann Wambui"]);
    check("am", &["Amina Wanjiru", "Wanjiru Amondi"]);
    check("w am", &["Wanjiru Amondi", "Amina Wanjiru"]);
    check("ij", &[]);
}

#[test]
fn three_letters_find_any_part() {
    check("njir", &["Amina Wanjiru", "Wanjiru Amondi"]);
    check("rien", &["O'Brien, Siân"]);
    check("njirux", &[]);
}

#[test]
fn words_come_in_any_order() {
    check("wanjiru amina", &["Amina Wanjiru"]);
    check("amina wanjiru", &["Amina Wanjiru"]);
    check("w amina", &["Amina Wanjiru"]);
    check("amina nobody", &[]);
}

#[test]
fn what_begins_the_name_comes_first() {
    check("wanjiru", &["Wanjiru Amondi", "Amina Wanjiru"]);
    check("am", &["Amina Wanjiru", "Wanjiru Amondi"]);
    check("nunez jose", &["José María Núñez"]);
}

#[test]
fn accents_case_and_apostrophes_do_not_matter() {
    check("NUNEZ", &["José María Núñez"]);
    check("dang anh", &["Đặng Thị Ánh"]);
    check("Đặng", &["Đặng Thị Ánh"]);
    check("obrien sian", &["O'Brien, Siân"]);
    check("o'brien", &["O'Brien, Siân"]);
}

#[test]
fn a_number_is_found_with_and_without_hyphens() {
    check("1004-00017-6", &["Amina Wanjiru"]);
    check("1004000176", &["Amina Wanjiru"]);
    check("1004 00017 6", &["Amina Wanjiru"]);
    check("00017", &["Amina Wanjiru"]);
    check("1005", &["Đặng Thị Ánh", "Wanjiru Amondi"]);
    check(
        "10",
        &[
            "Amina Wanjiru",
            "Ann Wambui",
            "Đặng Thị Ánh",
            "José María Núñez",
            "O'Brien, Siân",
            "Wanjiru Amondi",
        ],
    );
}

#[test]
fn a_phone_is_found_with_and_without_separators() {
    check("0712 345 678", &["Amina Wanjiru"]);
    check("0712345678", &["Amina Wanjiru"]);
    check("345678", &["Amina Wanjiru"]);
    check("+254 (0)20-555", &["José María Núñez"]);
    check("0712", &["Amina Wanjiru", "O'Brien, Siân"]);
    check("wanjiru 0799", &["Wanjiru Amondi"]);
}

#[test]
fn a_birth_date_narrows_a_name() {
    check("amina 1984", &["Amina Wanjiru"]);
    check("amina 1984-03-12", &["Amina Wanjiru"]);
    check("amina 1985", &[]);
}

#[test]
fn a_whole_number_comes_before_a_part_of_one() {
    let store = store_of(&[
        ("A", "0041-00017-6", "11004000176"),
        ("B", "1004-00017-6", ""),
    ]);

    let found = store.find("1004000176", 10).unwrap();

    assert_eq!(
        found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["B", "A"]
    );
}

#[test]
fn nothing_typed_finds_nothing() {
    for typed in ["", "  ", "-", "'", "%", "\"", "*"] {
        check(typed, &[]);
    }
}

#[test]
fn the_limit_holds() {
    assert_eq!(clinic().find("w", 2).unwrap().len(), 2);
    assert_eq!(clinic().find("wan", 1).unwrap().len(), 1);
    assert_eq!(clinic().find("wan", 0).unwrap(), []);
}

#[test]
fn a_changed_name_is_found_and_the_old_one_is_not() {
    let mut store = clinic();
    let mut update = update(ChartId::new([0; 16]), "Halima Otieno");
    update.row.also = Vec::new();

    store.repair(&rewritten(update)).unwrap();

    for typed in ["hal", "ha", "alima"] {
        assert_eq!(store.find(typed, 10).unwrap().len(), 1, "{typed}");
    }
    for typed in ["amina", "ami", "mina"] {
        assert_eq!(store.find(typed, 10).unwrap(), [], "{typed}");
    }
    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn a_chart_that_is_removed_from_lists_leaves_no_word() {
    let mut store = clinic();
    let gone = store.find("amina", 1).unwrap()[0].chart;
    let before = store.count_charts().unwrap();

    store
        .repair(&Repair {
            ghosts: vec![gone, ChartId::new([99; 16])],
            ..Repair::default()
        })
        .unwrap();

    for typed in ["ami", "am", "mina"] {
        let found = store.find(typed, 10).unwrap();
        assert!(found.iter().all(|it| it.chart != gone), "{typed}");
    }
    assert_eq!(store.count_charts().unwrap(), before - 1);
    assert!(!store.charts_in_caches().unwrap().contains(&gone));
    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn a_directory_is_kept_and_not_found() {
    let mut store = store();
    let mut update = update(CHART, "Kibera Hospital");
    update.row.about = About::Directory;

    store
        .commit(&Commit {
            charts: vec![update],
            ..Commit::default()
        })
        .unwrap();

    assert_eq!(store.find("kibera", 10).unwrap(), []);
    assert_eq!(store.charts().unwrap(), [CHART]);
    assert_eq!(store.count_charts().unwrap(), 0);
}

#[test]
fn conflicts_are_listed_until_they_are_resolved() {
    let mut store = store();
    let mut update = update(CHART, "Amina");
    update.row.conflict = true;
    store.repair(&rewritten(update)).unwrap();
    assert_eq!(store.conflicts().unwrap(), [CHART]);
    assert!(store.find("amina", 1).unwrap()[0].conflict);

    store.commit(&visit(CHART, 1)).unwrap();

    assert_eq!(store.conflicts().unwrap(), []);
}

#[test]
fn a_row_that_was_altered_does_not_match() {
    let mut store = store();
    store.commit(&visit(CHART, 1)).unwrap();
    let row = row(CHART, "Amina Wanjiru");
    assert!(store.row_matches(&row).unwrap());
    assert_eq!(
        store.row(CHART).unwrap().unwrap(),
        SearchRow {
            also: Vec::new(),
            ..row.clone()
        }
    );

    assert!(
        !store
            .row_matches(&SearchRow {
                also: Vec::new(),
                ..row.clone()
            })
            .unwrap()
    );
    assert!(
        !store
            .row_matches(&SearchRow {
                place: "Nairobi".to_owned(),
                ..row.clone()
            })
            .unwrap()
    );
    store
        .connection
        .execute("DELETE FROM search_word WHERE word = 'wanjiru'", [])
        .unwrap();
    assert!(!store.row_matches(&row).unwrap());
}

#[test]
fn a_full_text_index_that_does_not_fit_is_found() {
    let mut store = store();
    store.commit(&visit(CHART, 1)).unwrap();

    store
        .connection
        .execute_batch("INSERT INTO search_part (search_part) VALUES ('delete-all')")
        .unwrap();

    assert_ne!(store.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn words_that_change_beside_others_that_go_leave_nothing_in_the_index() {
    let mut store = store();
    for (chart, name) in [(CHART, "Number 440 Abeke"), (OTHER, "Number 939 Abeke")] {
        let commit = Commit {
            charts: vec![update(chart, name)],
            ..Commit::default()
        };
        store.commit(&commit).unwrap();
    }

    database::write(&mut store.connection, |connection| {
        let changed = "UPDATE search SET found_by = ' number 441 abeke |' WHERE chart = 1";
        connection.execute(changed, []).doing("change words")?;
        leave::forget_chart(connection, OTHER)
    })
    .unwrap();

    // SQLite 3.53 keeps some of the words if the index keeps least of each (`detail = none`).
    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
    assert_eq!(store.find("441", 2).unwrap()[0].chart, CHART);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_may_be_typed(typed in any::<String>()) {
        prop_assert!(clinic().find(&typed, 10).is_ok());
    }

    #[test]
    fn every_part_of_three_letters_finds_its_patient(name in "[a-z]{3,12}( [a-z]{1,9}){0,2}", from in 0_usize..8, length in 3_usize..9) {
        let store = store_of(&[(&name, "", ""), ("Someone Else", "", "")]);
        let word = name.split(' ').next().unwrap();
        let part: String = word.chars().skip(from.min(word.len() - 3)).take(length).collect();

        let found = store.find(&part, 10).unwrap();

        prop_assert!(found.iter().any(|it| it.name == name), "{} in {}", part, name);
    }
}

#[test]
fn what_is_typed_is_looked_at_up_to_a_length_and_a_number_of_words() {
    let padded = |length: usize| format!("{:length$}zz", "amina ");
    let found = ["Amina Wanjiru"];

    check(&padded(MAX_TYPED), &found);
    check(&padded(MAX_TYPED - 2), &[]);

    let words = |count: usize| format!("{}nobody", "amina ".repeat(count));
    check(&words(MAX_WORDS), &found);
    check(&words(MAX_WORDS - 1), &[]);
}

#[test]
fn a_search_that_fits_many_ranks_so_many_and_returns_fewer() {
    let add = |store: &mut ReplicaStore, from: usize, names: &[&str]| {
        let charts = names.iter().zip(from..).map(|(name, at)| {
            let mut chart = [0; 16];
            chart[..8].copy_from_slice(&at.to_be_bytes());
            let mut update = update(ChartId::new(chart), name);
            update.row.also = Vec::new();
            update
        });
        let charts = charts.collect();
        let commit = Commit {
            charts,
            ..Commit::default()
        };
        store.commit(&commit).unwrap();
    };
    let first = |store: &ReplicaStore| {
        let found = store.find("juma otieno", 1).unwrap();
        found[0].name.clone()
    };
    let mut store = store();
    add(&mut store, 0, &["Otieno Juma"; MAX_CANDIDATES - 1]);

    add(&mut store, MAX_CANDIDATES, &["Juma Otieno"]);
    assert_eq!(first(&store), "Juma Otieno", "the last of all fits best");
    assert_eq!(store.find("juma", usize::MAX).unwrap().len(), MAX_ROWS);

    add(&mut store, MAX_CANDIDATES + 1, &["Juma Otieno Ouma"]);
    let found = store.find("juma otieno", 2).unwrap();
    let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        ["Juma Otieno", "Otieno Juma"],
        "one more is not ranked"
    );
    let longer = store.find("juma otieno ouma", 2).unwrap();
    assert_eq!(longer.len(), 1, "what is typed next finds it");
}
