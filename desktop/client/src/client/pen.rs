//! The pen of one edit: it stamps what is written and names it.

use record::{Content, Hlc, ItemId, Stamp, Stamped, Statement, StatementId, When};
use replica::Intent;

use super::Client;
use crate::views::CommandError;

/// Who writes, where and when. Everything written with one pen has the same stamp.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) stamp: Stamp,
    role: String,
    series: [u8; 6],
    next: u16,
}

impl Client {
    /// Takes a pen for one edit.
    pub(super) fn pen(&mut self) -> Result<Pen, CommandError> {
        let site = self.driver.site()?;
        Ok(Pen {
            stamp: Stamp {
                at: self.driver.tick(),
                device: self.driver.identity().device,
                person: self.person,
                site,
            },
            role: self.role.clone(),
            series: self.driver.series(),
            next: 0,
        })
    }
}

impl Pen {
    /// Returns the reading that the change must have.
    pub(super) const fn at(&self) -> Hlc {
        self.stamp.at
    }

    /// Names an item.
    pub(super) fn item(&mut self) -> ItemId {
        ItemId::in_series(self.stamp.at, self.series, self.count())
    }

    /// Names a statement.
    pub(super) fn statement_id(&mut self) -> StatementId {
        StatementId::in_series(self.stamp.at, self.series, self.count())
    }

    /// Stamps a register's value.
    pub(super) fn stamped<T>(&self, value: T, reason: Option<&str>) -> Stamped<T> {
        Stamped {
            value,
            stamp: self.stamp,
            reason: reason.map(str::to_owned),
        }
    }

    /// Writes a statement of a visit, or one that belongs to none.
    pub(super) fn state(
        &mut self,
        encounter: Option<StatementId>,
        occurred: Option<When>,
        content: Content,
    ) -> Intent {
        let id = self.statement_id();
        Intent::AddStatement(Box::new(self.statement(id, encounter, occurred, content)))
    }

    /// Makes a statement under a name that is known already.
    pub(super) fn statement(
        &self,
        id: StatementId,
        encounter: Option<StatementId>,
        occurred: Option<When>,
        content: Content,
    ) -> Statement {
        Statement {
            id,
            replaces: Vec::new(),
            encounter,
            stamp: self.stamp,
            role: self.role.clone(),
            occurred,
            reason: None,
            source: None,
            content,
        }
    }

    /// Counts what was named. An edit names far fewer things than fit.
    const fn count(&mut self) -> u16 {
        let index = self.next;
        self.next = self.next.wrapping_add(1);
        index
    }
}
