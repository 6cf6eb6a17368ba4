//! Which change came after which: what the document's own graph says, in our words.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::Automerge;

use crate::{Actor, ChangeHash, CheckedChange};

/// The changes of a document and how they depend on each other.
pub(super) struct Graph {
    nodes: BTreeMap<ChangeHash, Node>,
    last: BTreeMap<Actor, (u64, ChangeHash)>,
}

struct Node {
    /// The number of the change's last operation; its ancestors' are all lower.
    last_op: u64,
    deps: Vec<ChangeHash>,
}

impl Graph {
    pub(super) fn of(doc: &Automerge) -> Self {
        let mut graph = Self {
            nodes: BTreeMap::new(),
            last: BTreeMap::new(),
        };
        for change in doc.get_changes_meta(&[]) {
            let deps = change.deps.iter().map(|it| ChangeHash::new(it.0)).collect();
            let node = Node {
                last_op: change.max_op,
                deps,
            };
            if let Ok(actor) = change.actor.to_bytes().try_into().map(Actor::new) {
                graph.add(ChangeHash::new(change.hash.0), actor, change.seq, node);
            }
        }
        graph
    }

    /// Takes up a change that the document has just taken.
    pub(super) fn take(&mut self, change: &CheckedChange) {
        let operations = u64::try_from(change.operation_count()).unwrap_or(u64::MAX);
        let last_op = (change.start_op() - 1).saturating_add(operations);
        let node = Node {
            last_op,
            deps: change.deps().to_vec(),
        };
        self.add(change.hash(), change.actor(), change.seq(), node);
    }

    fn add(&mut self, hash: ChangeHash, actor: Actor, seq: u64, node: Node) {
        self.nodes.insert(hash, node);
        let last = self.last.entry(actor).or_insert((seq, hash));
        if last.0 < seq {
            *last = (seq, hash);
        }
    }

    pub(super) fn contains(&self, hash: &ChangeHash) -> bool {
        self.nodes.contains_key(hash)
    }

    /// Tells whether an actor wrote anything in this document.
    pub(super) fn knows(&self, actor: &Actor) -> bool {
        self.last.contains_key(actor)
    }

    /// Returns an actor's last change and its place in the actor's sequence.
    pub(super) fn last_of(&self, actor: &Actor) -> Option<(u64, ChangeHash)> {
        self.last.get(actor).copied()
    }

    /// Returns the highest number that an operation has in the past that these changes close.
    pub(super) fn last_op(&self, deps: &[ChangeHash]) -> Option<u64> {
        deps.iter()
            .filter_map(|it| self.nodes.get(it))
            .map(|it| it.last_op)
            .max()
    }

    /// Tells whether a change is among these or in their past.
    pub(super) fn descends(&self, from: &[ChangeHash], ancestor: &ChangeHash) -> bool {
        let Some(floor) = self.nodes.get(ancestor).map(|it| it.last_op) else {
            return false;
        };
        let mut seen: BTreeSet<ChangeHash> = from.iter().copied().collect();
        let mut waiting: Vec<ChangeHash> = from.to_vec();
        while let Some(hash) = waiting.pop() {
            if hash == *ancestor {
                return true;
            }
            let node = self.nodes.get(&hash).filter(|it| it.last_op >= floor);
            let deps = node.map_or(&[][..], |it| &it.deps);
            waiting.extend(deps.iter().copied().filter(|it| seen.insert(*it)));
        }
        false
    }

    /// Puts the changes that are not here yet into an order in which each comes after those it depends on, or
    /// returns those that must come first.
    pub(super) fn order<'a>(
        &self,
        changes: &'a [CheckedChange],
    ) -> Result<Vec<&'a CheckedChange>, Vec<ChangeHash>> {
        let new: BTreeMap<ChangeHash, &CheckedChange> = changes
            .iter()
            .filter(|it| !self.contains(&it.hash()))
            .map(|it| (it.hash(), it))
            .collect();
        let mut missing = BTreeSet::new();
        let mut unmet: BTreeMap<ChangeHash, usize> = BTreeMap::new();
        let mut followers: BTreeMap<ChangeHash, Vec<&CheckedChange>> = BTreeMap::new();
        for change in new.values() {
            let outstanding = change.deps().iter().filter(|it| !self.contains(it));
            let mut count = 0;
            for dependency in outstanding {
                if !new.contains_key(dependency) {
                    missing.insert(*dependency);
                }
                followers.entry(*dependency).or_default().push(change);
                count += 1;
            }
            unmet.insert(change.hash(), count);
        }
        if !missing.is_empty() {
            return Err(missing.into_iter().collect());
        }
        let free = new
            .values()
            .copied()
            .filter(|it| unmet.get(&it.hash()) == Some(&0));
        let mut ready: VecDeque<&CheckedChange> = free.collect();
        let mut ordered = Vec::with_capacity(new.len());
        while let Some(change) = ready.pop_front() {
            ordered.push(change);
            for follower in followers.remove(&change.hash()).unwrap_or_default() {
                let count = unmet.entry(follower.hash()).or_default();
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push_back(follower);
                }
            }
        }
        Ok(ordered)
    }
}
