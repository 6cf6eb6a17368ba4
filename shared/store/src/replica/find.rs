//! Finding a patient as a clerk types.
//!
//! What begins like the words typed comes from a sorted table of words, which can stop at the limit. Only when
//! that does not fill the list, any three letters inside a word are looked for in the full-text index. Words
//! may come in any order; digits count without their separators; accents and case never count.

use std::collections::BTreeMap;

use record::fold;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::folded::{TIERS, words};
use super::{ReplicaStore, SearchRow};
use crate::StoreError;
use crate::error::Doing as _;

/// How much of what was typed is looked at, in letters: more than any name.
pub(super) const MAX_TYPED: usize = 200;
/// How many words of it: more than any name has.
pub(super) const MAX_WORDS: usize = 8;
/// How many charts are ranked for one search of several words. What is typed next makes them fewer.
pub(super) const MAX_CANDIDATES: usize = 1_000;
/// How many rows are returned at most: more than a person reads.
pub(super) const MAX_ROWS: usize = 500;
/// The shortest word that can be found anywhere inside another: what the full-text index has entries for.
const PART: usize = 3;

impl ReplicaStore {
    /// Finds patients by what was typed: best first.
    pub fn find(&self, typed: &str, limit: usize) -> Result<Vec<SearchRow>, StoreError> {
        let limit = limit.min(MAX_ROWS);
        for words in readings_of(typed) {
            let found = self.find_words(&words, limit)?;
            if !found.is_empty() {
                return found
                    .into_iter()
                    .filter_map(|chart| self.row_numbered(chart).transpose())
                    .map(|row| row.map(|(row, _found_by)| row))
                    .collect();
            }
        }
        Ok(Vec::new())
    }

    /// Returns the short numbers of charts that have all the words, best first.
    fn find_words(&self, words: &[String], limit: usize) -> Result<Vec<i64>, StoreError> {
        // The longest word has the fewest matches.
        let Some(longest) = words.iter().max_by_key(|it| it.len()) else {
            return Ok(Vec::new());
        };
        let mut candidates = Candidates {
            words,
            best: BTreeMap::new(),
        };
        let is_one_word = words.len() == 1;
        if is_one_word || longest.len() < PART {
            let enough = if is_one_word { limit } else { MAX_CANDIDATES };
            for tier in TIERS {
                let at_most = enough.saturating_sub(candidates.best.len());
                self.beginning_with(tier, longest, at_most, &mut candidates)?;
            }
        }
        if candidates.best.len() < limit && longest.len() >= PART {
            // Of one word, all that begin with it are there by now, and what only contains it ranks alike.
            let enough = if is_one_word {
                limit * 2
            } else {
                MAX_CANDIDATES
            };
            self.containing(words, enough, &mut candidates)?;
        }
        Ok(candidates.ranked(limit))
    }

    fn beginning_with(
        &self,
        tier: i64,
        word: &str,
        at_most: usize,
        candidates: &mut Candidates<'_>,
    ) -> Result<(), StoreError> {
        let doing = "find words that begin so";
        // A chart may be a candidate already: then a row is read for nothing.
        let at_most = at_most.saturating_mul(2);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT search.chart, found_by FROM search_word JOIN search ON search.chart = search_word.chart
                 WHERE tier = ?1 AND word >= ?2 AND word < ?3 ORDER BY word, search_word.chart LIMIT ?4",
            )
            .doing(doing)?;
        // Folded words are ASCII letters and digits, all before this one.
        let after = format!("{word}\u{7f}");
        let mut rows = statement
            .query(params![tier, word, after, at_most])
            .doing(doing)?;
        while let Some(row) = rows.next().doing(doing)? {
            candidates.consider(
                row.get(0).doing(doing)?,
                row.get_ref(1).doing(doing)?.as_str().unwrap_or(""),
            );
        }
        Ok(())
    }

    fn containing(
        &self,
        words: &[String],
        at_most: usize,
        candidates: &mut Candidates<'_>,
    ) -> Result<(), StoreError> {
        let doing = "find words that contain this";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT search.chart, search.found_by FROM search_part JOIN search ON search.chart = search_part.rowid
                 WHERE search_part MATCH ?1 LIMIT ?2",
            )
            .doing(doing)?;
        let mut rows = statement
            .query(params![parts_of(words), at_most])
            .doing(doing)?;
        while let Some(row) = rows.next().doing(doing)? {
            candidates.consider(
                row.get(0).doing(doing)?,
                row.get_ref(1).doing(doing)?.as_str().unwrap_or(""),
            );
        }
        Ok(())
    }

    /// Tells whether the table of words has all the words of a chart.
    pub(super) fn words_match(&self, chart: i64, found_by: &str) -> Result<bool, StoreError> {
        let doing = "compare the words of a chart";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM search_word WHERE tier = ?1 AND word = ?2 AND chart = ?3",
            )
            .doing(doing)?;
        for (tier, word) in words(found_by) {
            let there: Option<i64> = statement
                .query_row(params![tier, word, chart], |row| row.get(0))
                .optional()
                .doing(doing)?;
            if there.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Puts the words of a chart in the place of those it had.
pub(super) fn replace_words(
    connection: &Connection,
    chart: i64,
    before: &str,
    after: &str,
) -> Result<(), StoreError> {
    let doing = "keep the words of a chart";
    let mut delete = connection
        .prepare_cached("DELETE FROM search_word WHERE tier = ?1 AND word = ?2 AND chart = ?3")
        .doing(doing)?;
    for (tier, word) in words(before) {
        delete.execute(params![tier, word, chart]).doing(doing)?;
    }
    let mut insert = connection
        .prepare_cached("INSERT OR IGNORE INTO search_word (tier, word, chart) VALUES (?1, ?2, ?3)")
        .doing(doing)?;
    for (tier, word) in words(after) {
        insert.execute(params![tier, word, chart]).doing(doing)?;
    }
    Ok(())
}

/// Charts that have all the words, with how well they fit.
struct Candidates<'a> {
    words: &'a [String],
    best: BTreeMap<i64, (u8, String)>,
}

impl Candidates<'_> {
    fn consider(&mut self, chart: i64, found_by: &str) {
        if let Some(rank) = rank(found_by, self.words) {
            let name = found_by.split('|').next().unwrap_or_default();
            self.best
                .entry(chart)
                .or_insert_with(|| (rank, name.to_owned()));
        }
    }

    fn ranked(self, limit: usize) -> Vec<i64> {
        let mut all: Vec<_> = self
            .best
            .into_iter()
            .map(|(chart, rank)| (rank, chart))
            .collect();
        all.sort_unstable();
        all.into_iter()
            .take(limit)
            .map(|(_rank, chart)| chart)
            .collect()
    }
}

/// Tells how well a chart fits the words, least first; `None` if it lacks one.
fn rank(found_by: &str, typed: &[String]) -> Option<u8> {
    let (name, others) = found_by.split_once('|')?;
    let begins = |text: &str, word: &String| {
        text.match_indices(word.as_str())
            .any(|(at, _)| text.as_bytes().get(at.wrapping_sub(1)) == Some(&b' '))
    };
    let has = |word: &String| {
        if word.len() < PART {
            begins(found_by, word)
        } else {
            found_by.contains(word.as_str())
        }
    };
    if !typed.iter().all(has) {
        return None;
    }
    let first = typed.first()?;
    let whole_number =
        typed.len() == 1 && others.split(' ').any(|it| it == first) && is_number(first);
    let starts_name = name
        .strip_prefix(' ')
        .is_some_and(|it| it.starts_with(&typed.join(" ")));
    Some(match () {
        () if whole_number => 0,
        () if starts_name => 1,
        () if name
            .strip_prefix(' ')
            .is_some_and(|it| it.starts_with(first.as_str()))
            && typed.iter().all(|it| begins(name, it)) =>
        {
            2
        }
        () if typed.iter().all(|it| begins(name, it)) => 3,
        () if typed.iter().all(|it| begins(found_by, it)) => 4,
        () => 5,
    })
}

/// Returns the ways to read what was typed: numbers with a space inside as one, and as they stand.
fn readings_of(typed: &str) -> Vec<Vec<String>> {
    let typed: String = typed.chars().take(MAX_TYPED).collect();
    let folded = fold(&typed);
    let apart: Vec<String> = folded
        .split_whitespace()
        .take(MAX_WORDS)
        .map(str::to_owned)
        .collect();
    let mut joined: Vec<String> = Vec::new();
    for word in &apart {
        match joined.last_mut() {
            Some(last) if is_number(last) && is_number(word) => last.push_str(word),
            _ => joined.push(word.clone()),
        }
    }
    if joined == apart {
        vec![apart]
    } else {
        vec![joined, apart]
    }
}

/// Spells the full-text query for charts that have every three letters of every word.
fn parts_of(words: &[String]) -> String {
    let mut parts = Vec::new();
    for word in words {
        let letters = word
            .as_bytes()
            .windows(PART)
            .filter_map(|it| std::str::from_utf8(it).ok());
        parts.extend(letters.map(|it| format!("\"{it}\"")));
    }
    parts.sort_unstable();
    parts.dedup();
    parts.join(" AND ")
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|it| it.is_ascii_digit())
}
