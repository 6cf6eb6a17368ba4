//! Which statement took the place of which, and where two did.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Chart, Kind, Statement, StatementId};

/// A statement that was replaced twice, apart from each other. A person must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementConflict<'a> {
    /// What was replaced; `None` if it has not arrived.
    pub replaced: Option<&'a Statement>,
    /// What stands in its place, newest first. A withdrawal comes before the others: it is what shows until
    /// someone decides.
    pub replacements: Vec<&'a Statement>,
}

impl Chart {
    /// Returns the statements with two replacements that stand.
    ///
    /// The replacements may be several steps away: one corrected, the other corrected twice. Two withdrawals
    /// agree with each other.
    #[must_use]
    pub fn conflicting_statements(&self) -> Vec<StatementConflict<'_>> {
        let replacers = self.replacers();
        let standing: BTreeMap<StatementId, &Statement> =
            self.standing().map(|it| (it.id, it)).collect();
        let mut found = Vec::new();
        let mut told: BTreeSet<BTreeSet<StatementId>> = BTreeSet::new();
        for (replaced, by) in &replacers {
            if by.len() < 2 {
                continue;
            }
            let ends: BTreeSet<StatementId> = closure(*replaced, &replacers)
                .into_iter()
                .filter(|it| it != replaced && standing.contains_key(it))
                .collect();
            let mut replacements: Vec<&Statement> = ends
                .iter()
                .filter_map(|it| standing.get(it).copied())
                .collect();
            let agreed = replacements
                .iter()
                .all(|it| it.kind() == Kind::EnteredInError);
            if replacements.len() < 2 || agreed || !told.insert(ends) {
                continue;
            }
            replacements.sort_by_key(|it| {
                (
                    it.kind() != Kind::EnteredInError,
                    std::cmp::Reverse(it.stamp),
                    it.id,
                )
            });
            let replaced = self.statements.iter().find(|it| it.id == *replaced);
            found.push(StatementConflict {
                replaced,
                replacements,
            });
        }
        found
    }

    /// Returns, for every statement that was replaced, what replaces it.
    fn replacers(&self) -> BTreeMap<StatementId, Vec<StatementId>> {
        let mut replacers: BTreeMap<StatementId, Vec<StatementId>> = BTreeMap::new();
        for statement in &self.statements {
            for replaced in &statement.replaces {
                replacers.entry(*replaced).or_default().push(statement.id);
            }
        }
        replacers
    }
}

/// Returns all that can be reached, the start included. What goes round in circles is visited once.
fn closure(
    start: StatementId,
    steps: &BTreeMap<StatementId, Vec<StatementId>>,
) -> BTreeSet<StatementId> {
    let mut reached = BTreeSet::from([start]);
    let mut waiting = vec![start];
    while let Some(id) = waiting.pop() {
        let next = steps.get(&id).into_iter().flatten();
        waiting.extend(next.copied().filter(|it| reached.insert(*it)));
    }
    reached
}

#[cfg(test)]
mod tests;
