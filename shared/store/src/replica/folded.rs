//! What a chart is found by: folded words, those of the name first.
//!
//! The form is `" name words | other words"`. The space before each word tells where words begin, the bar where
//! the name ends. Numbers stand there as digits alone, so that hyphens and spaces do not matter.

use record::{About, fold};

use super::SearchRow;

/// How much of what a chart is found by is kept, in bytes: far more than a person has names and numbers.
const MAX_BYTES: usize = 2_000;

/// The tiers of [`words`]: the first word of the name, its other words, any other word.
pub(super) const TIERS: [i64; 3] = [0, 1, 2];

/// Returns what a chart is found by; empty if it is no patient's.
pub(super) fn found_by(row: &SearchRow) -> String {
    if row.about == About::Directory {
        return String::new();
    }
    let mut text = String::new();
    for word in fold(&row.name).split(' ') {
        add(&mut text, word);
    }
    text.push_str(" |");
    let others = [&row.number, &row.phone, &row.birth_date, &row.place];
    for line in others.into_iter().chain(&row.also) {
        let folded = fold(line);
        let squeezed = folded.replace(' ', "");
        let has_digits = squeezed.bytes().any(|it| it.is_ascii_digit());
        let has_letters = squeezed.bytes().any(|it| it.is_ascii_alphabetic());
        if has_digits {
            add(&mut text, &squeezed);
        }
        if has_letters {
            for word in folded.split(' ') {
                add(&mut text, word);
            }
        }
    }
    text
}

/// Returns the words with their tiers.
pub(super) fn words(found_by: &str) -> impl Iterator<Item = (i64, &str)> {
    let (name, others) = found_by.split_once('|').unwrap_or((found_by, ""));
    let name = name
        .split_whitespace()
        .enumerate()
        .map(|(place, it)| (i64::from(place > 0), it));
    name.chain(others.split_whitespace().map(|it| (2, it)))
}

/// Adds a word, unless it is there or there is no room.
fn add(text: &mut String, word: &str) {
    let there = || text.split_whitespace().any(|it| it == word);
    if !word.is_empty() && text.len() + word.len() < MAX_BYTES && !there() {
        text.push(' ');
        text.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::ChartId;

    fn row() -> SearchRow {
        SearchRow {
            chart: ChartId::new([1; 16]),
            about: About::Patient,
            number: "1004-00017-6".to_owned(),
            name: "Đặng Thị Ánh".to_owned(),
            birth_date: "1984-03-12".to_owned(),
            sex: "female".to_owned(),
            place: "Kibera".to_owned(),
            phone: "0712 345-678".to_owned(),
            also: vec!["Dang Ana".to_owned(), "AB 12-34".to_owned()],
            conflict: false,
        }
    }

    #[test]
    fn names_stand_first_and_numbers_as_digits() {
        assert_eq!(
            found_by(&row()),
            " dang thi anh | 1004000176 0712345678 19840312 kibera ana ab1234 ab 1234"
        );
    }

    #[test]
    fn words_have_tiers() {
        assert_eq!(
            words(" dang thi | kibera").collect::<Vec<_>>(),
            [(0, "dang"), (1, "thi"), (2, "kibera")]
        );
    }

    #[test]
    fn a_directory_is_not_found() {
        assert_eq!(
            found_by(&SearchRow {
                about: About::Directory,
                ..row()
            }),
            ""
        );
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let endless = SearchRow {
            also: (0..9_999).map(|it| format!("name{it}")).collect(),
            ..row()
        };

        assert!(found_by(&endless).len() <= MAX_BYTES);
    }
}
