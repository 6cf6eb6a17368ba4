//! Is the own log on the hub's branch? Found out before anything of it is sent and anything of the feeds is taken.
//!
//! A device that was restored from an older copy, or copied to a second computer, has another log than the hub has
//! under its name. A search finds the last entry that both have: everything up to a place where the marks of the
//! chains are equal is equal. What the device wrote after that goes into a new log; what the hub has after it comes
//! through the feeds, as another's. The same is done when the hub lost entries that are not here any more either.

use audit::{BeginReason, LogHead, LogPosition};
use wire::{ChainMark, Message, Probe, Probed};

use super::{ClientEffect, ClientStanding};
use crate::abort::AbortReason;

/// Into how many parts a round of the search divides what is left of the log.
const WAYS: u64 = 16;

/// How many rounds a search may have: so many find any place in any log.
const MAX_ROUNDS: u32 = 16;

/// What is to be done about the own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Branch {
    /// Go on from what the hub has.
    Same {
        /// The hub's head.
        stored: LogHead,
    },
    /// Begin a new log after the last common entry.
    Other {
        /// That entry.
        continues: LogPosition,
        /// How it was found out.
        why: BeginReason,
    },
}

/// The search for the last common entry.
#[derive(Debug)]
pub(super) struct Search {
    own: LogHead,
    stored: LogHead,
    /// Where the hub once confirmed the own log: the likeliest place.
    confirmed: u64,
    restored: bool,
    /// The last entry that is not here any more.
    removed: u64,
    /// The last place that is known to be common.
    common: u64,
    /// The first place that is known not to be.
    differs: u64,
    /// The places that were asked for, the lowest first.
    asked: Vec<u64>,
    /// The hub's answer, which the store has yet to compare.
    answer: Option<Vec<(u64, ChainMark)>>,
    waits: Waits,
    rounds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Nobody,
    Hub,
    Store,
}

impl Search {
    /// Compares the standings of both ends.
    pub(super) fn begin(standing: &ClientStanding, logs: &[LogHead]) -> Self {
        let own = standing.log;
        let same_log = |head: &&LogHead| head.device == own.device && head.epoch == own.epoch;
        let stored = logs.iter().find(same_log).copied();
        let stored = stored.unwrap_or_else(|| LogHead::start(own.device, own.epoch));
        let confirmed = standing.stored;
        let shared = own.seq.min(stored.seq);
        let (mut common, mut differs) = (0, shared.saturating_add(1));
        if stored == own || stored == confirmed || stored.seq == 0 {
            common = stored.seq;
        } else if stored.seq == own.seq {
            // The chains at the end are known on both sides, and differ.
            differs = shared;
        }
        Self {
            own,
            stored,
            confirmed: confirmed.seq,
            restored: standing.restored,
            removed: standing.removed,
            common,
            differs,
            asked: Vec::new(),
            answer: None,
            waits: Waits::Nobody,
            rounds: 0,
        }
    }

    /// Returns what is to be done about the log, once that is known.
    pub(super) fn found(&self) -> Option<Branch> {
        if self.common.saturating_add(1) < self.differs {
            return None;
        }
        let why = match self.restored {
            true => BeginReason::Restored,
            false if self.common == self.stored.seq && self.removed > self.common => {
                BeginReason::Removed
            }
            false if self.common == self.stored.seq => {
                return Some(Branch::Same {
                    stored: self.stored,
                });
            }
            false if self.common == self.own.seq => BeginReason::Behind,
            false => BeginReason::Branched,
        };
        let continues = LogPosition {
            seq: self.common,
            ..self.own.position()
        };
        Some(Branch::Other { continues, why })
    }

    /// Asks for what is next, unless an answer is to come.
    pub(super) fn go_on(&mut self) -> Result<Option<ClientEffect>, AbortReason> {
        if self.waits != Waits::Nobody || self.found().is_some() {
            return Ok(None);
        }
        let epoch = self.own.epoch;
        if let Some(marks) = self.answer.take() {
            self.waits = Waits::Store;
            return Ok(Some(ClientEffect::CompareChains { epoch, marks }));
        }
        if self.rounds == 0 && self.stored.seq < self.own.seq {
            // WELCOME has said already what the hub has at its end.
            self.rounds = 1;
            self.waits = Waits::Store;
            self.asked = vec![self.stored.seq];
            let marks = vec![(self.stored.seq, ChainMark::of(&self.stored.chain))];
            return Ok(Some(ClientEffect::CompareChains { epoch, marks }));
        }
        if self.rounds > MAX_ROUNDS {
            return Err(AbortReason::OutOfStep);
        }
        self.rounds = self.rounds.saturating_add(1);
        self.waits = Waits::Hub;
        self.asked = self.places();
        let seqs = self.asked.clone();
        Ok(Some(ClientEffect::Send(Message::Probe(Probe {
            epoch,
            seqs,
        }))))
    }

    /// Returns places spread over what is left, the last of it and the likeliest among them.
    fn places(&self) -> Vec<u64> {
        let left = self.differs.saturating_sub(self.common).saturating_sub(1);
        let step = left.div_ceil(WAYS).max(1);
        let spread = (1..=WAYS).map(|way| self.common.saturating_add(step.saturating_mul(way)));
        let mut places: Vec<u64> = spread
            .chain([self.differs.saturating_sub(1), self.confirmed])
            .filter(|place| *place > self.common && *place < self.differs)
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The hub answered.
    pub(super) fn probed(&mut self, probed: Probed) -> Result<(), AbortReason> {
        let Probed { epoch, marks } = probed;
        let fits = self.waits == Waits::Hub
            && epoch == self.own.epoch
            && marks.iter().all(|(seq, _)| self.asked.contains(seq))
            && marks.is_sorted_by(|one, other| one.0 < other.0);
        if !fits {
            let kind = Message::Probed(Probed { epoch, marks }).kind();
            return Err(AbortReason::UnexpectedMessage { kind });
        }
        self.waits = Waits::Nobody;
        self.answer = Some(marks);
        Ok(())
    }

    /// The store answered.
    pub(super) fn compared(&mut self, last: Option<u64>) -> Result<(), AbortReason> {
        let fits = self.waits == Waits::Store && last.is_none_or(|it| self.asked.contains(&it));
        if !fits {
            return Err(AbortReason::OutOfStep);
        }
        self.waits = Waits::Nobody;
        self.common = self.common.max(last.unwrap_or(0));
        let above = self.asked.iter().find(|place| **place > self.common);
        self.differs = above.map_or(self.differs, |place| self.differs.min(*place));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use record::DeviceId;

    use super::*;

    fn log(length: u64, branch_at: u64) -> Vec<LogHead> {
        let mut heads = vec![LogHead::start(DeviceId(1), 1)];
        for seq in 1..=length {
            let entry: &[u8] = if seq < branch_at { b"same" } else { b"other" };
            heads.push(heads[heads.len() - 1].next(entry));
        }
        heads
    }

    fn standing(own: &[LogHead]) -> ClientStanding {
        ClientStanding {
            feeds_wait: false,
            early: None,
            device: DeviceId(1),
            log: own[own.len() - 1],
            stored: own[0],
            removed: 0,
            older: Vec::new(),
            restored: false,
            cursors: Vec::new(),
            packs: Vec::new(),
            fetches: Vec::new(),
            carried: Vec::new(),
            roster_epoch: 1,
            versions: wire::Versions::SPOKEN,
            release: String::new(),
            checkpoint: None,
        }
    }

    /// Searches where two logs part, and returns the last common place and how often the hub was asked.
    fn search(own: &[LogHead], hub: &[LogHead], confirmed: usize) -> (u64, u32) {
        let standing = ClientStanding {
            stored: own[confirmed],
            restored: true,
            ..standing(own)
        };
        let mut search = Search::begin(&standing, &[hub[hub.len() - 1]]);
        let mut probes = 0;
        let same = |(seq, mark): &(u64, ChainMark)| {
            ChainMark::of(&own[usize::try_from(*seq).unwrap()].chain) == *mark
        };
        while let Some(mut effect) = search.go_on().unwrap() {
            if let ClientEffect::Send(Message::Probe(Probe { epoch, seqs })) = effect {
                assert!(seqs.len() <= wire::limits::MAX_PROBED);
                probes += 1;
                let marks = seqs.iter().filter_map(|seq| {
                    let head = hub.get(usize::try_from(*seq).unwrap())?;
                    Some((*seq, ChainMark::of(&head.chain)))
                });
                let marks = marks.collect();
                search.probed(Probed { epoch, marks }).unwrap();
                effect = search.go_on().unwrap().unwrap();
            }
            let ClientEffect::CompareChains { marks, .. } = effect else {
                panic!("{effect:?}");
            };
            let last = marks.iter().rfind(|mark| same(mark));
            search.compared(last.map(|it| it.0)).unwrap();
        }
        let Some(Branch::Other { continues, .. }) = search.found() else {
            panic!("{search:?}");
        };
        (continues.seq, probes)
    }

    #[test]
    fn the_last_common_entry_is_found_exactly() {
        for (own, hub) in [(0, 0), (0, 40), (40, 0), (40, 40), (40, 70), (70, 40)] {
            for parts in 1..=41 {
                let hub = log(hub, u64::MAX);
                let own = log(own, parts);
                let shared = own.iter().zip(&hub).filter(|(own, hub)| own == hub);
                let expected = shared.count() as u64 - 1;

                let (found, probes) = search(&own, &hub, 0);

                assert_eq!(found, expected, "{} and {}", own.len(), hub.len());
                assert!(probes <= 2);
            }
        }
    }

    #[test]
    fn long_logs_take_few_questions_and_a_confirmed_place_fewer() {
        let (own, hub) = (log(60_000, 50_001), log(55_000, u64::MAX));

        assert_eq!(search(&own, &hub, 0), (50_000, 4));
        let (found, probes) = search(&own, &hub, 50_000);
        assert_eq!((found, probes <= 4), (50_000, true));
    }

    #[test]
    fn the_longest_search_ends_and_one_without_end_is_given_up() {
        let standing = ClientStanding {
            log: LogHead {
                seq: 1 << 60,
                ..LogHead::start(DeviceId(1), 1)
            },
            ..standing(&log(0, 0))
        };
        let begin = || {
            let hub = LogHead {
                seq: 1 << 60,
                ..LogHead::start(DeviceId(1), 1)
            };
            Search::begin(&standing, &[hub.next(b"other")])
        };

        // The hub has nothing in common, so each answer leaves the lowest part.
        let mut search = begin();
        while let Some(effect) = search.go_on().unwrap() {
            if let ClientEffect::Send(Message::Probe(Probe { epoch, .. })) = effect {
                let marks = Vec::new();
                search.probed(Probed { epoch, marks }).unwrap();
            } else {
                search.compared(None).unwrap();
            }
        }
        assert!(search.found().is_some() && search.rounds <= MAX_ROUNDS);

        let mut endless = begin();
        endless.rounds = MAX_ROUNDS;
        assert!(endless.go_on().is_ok());
        let mut endless = begin();
        endless.rounds = MAX_ROUNDS + 1;
        assert_eq!(endless.go_on(), Err(AbortReason::OutOfStep));
    }

    #[test]
    fn a_hub_that_lost_what_is_not_here_any_more_gets_a_new_log() {
        let own = log(9, u64::MAX);
        let at = |removed, hub: usize| {
            let standing = ClientStanding {
                removed,
                stored: own[7],
                ..standing(&own)
            };
            let mut search = Search::begin(&standing, &[own[hub]]);
            if search.found().is_none() {
                search.go_on().unwrap();
                search.compared(Some(own[hub].seq)).unwrap();
            }
            search.found().unwrap()
        };

        let continues = own[3].position();
        let why = BeginReason::Removed;
        assert_eq!(at(5, 3), Branch::Other { continues, why });
        assert_eq!(at(3, 3), Branch::Same { stored: own[3] });
        assert_eq!(at(5, 7), Branch::Same { stored: own[7] });
    }

    #[test]
    fn an_answer_to_what_was_not_asked_ends_the_search() {
        let (own, hub) = (log(4, 2), log(9, u64::MAX));
        let standing = standing(&own);
        let mut search = Search::begin(&standing, &[hub[9]]);
        let answer = |epoch, seq| Probed {
            epoch,
            marks: vec![(seq, ChainMark([0; 8]))],
        };
        assert!(search.probed(answer(1, 4)).is_err(), "nothing was asked");
        search.go_on().unwrap();

        assert!(search.probed(answer(1, 9)).is_err());
        assert!(search.probed(answer(2, 4)).is_err());
        assert_eq!(search.compared(Some(4)), Err(AbortReason::OutOfStep));
        assert!(search.probed(answer(1, 4)).is_ok());
        search.go_on().unwrap();
        assert_eq!(search.compared(Some(7)), Err(AbortReason::OutOfStep));
    }
}
