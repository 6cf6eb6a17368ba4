//! A scope's charts in the order in which packs bring them: chart by chart, each chart's changes as they were applied.

use std::collections::VecDeque;

use record::{ChartId, PersonId, ScopeId};
use rusqlite::params;

use super::entries::{POSITION, position_of};
use super::feed::hlc_of;
use super::types::FeedRow;
use super::{HubStore, countable};
use crate::StoreError;
use crate::error::Doing as _;

/// Changes of a scope's charts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartsRead {
    /// Each with the number of its chart and its own, by which they are in order.
    pub rows: Vec<((u64, u64), ChartRow)>,
    /// Whether nothing follows.
    pub complete: bool,
}

/// A change of a chart that is in the scope, or a chart that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChartRow {
    /// A change.
    Change(FeedRow),
    /// A chart that left: who held it before may hold it still.
    Left(ChartId),
}

impl HubStore {
    /// Reads changes of the charts that are in a scope, after a chart's change: at most this many bytes and rows,
    /// but at least one row if there is any.
    pub fn read_charts(
        &self,
        scope: ScopeId,
        after: (u64, u64),
        max_bytes: usize,
        max_rows: usize,
    ) -> Result<ChartsRead, StoreError> {
        let doing = "read a scope's charts";
        let after = (countable(after.0), countable(after.1));
        let sql = format!(
            "SELECT {POSITION}, chart.name, hlc, person, hash, payload, applied.chart, applied.id,
                    EXISTS (SELECT 1 FROM parting WHERE parting.chart = applied.chart)
             FROM member INDEXED BY member_scope JOIN applied ON applied.chart = member.chart
             JOIN chart ON chart.id = applied.chart
             WHERE member.scope = ?1 AND member.chart >= ?2 AND (member.chart > ?2 OR applied.id > ?3)
             ORDER BY member.chart, applied.id LIMIT ?4"
        );
        let mut statement = self.connection.prepare_cached(&sql).doing(doing)?;
        let mut rows = statement
            .query(params![
                scope.0,
                after.0,
                after.1,
                max_rows.saturating_add(1)
            ])
            .doing(doing)?;
        let mut left = VecDeque::from(self.left_after(scope, after.0)?);
        let (mut read, mut size) = (ChartsRead::default(), 0_usize);
        while let Some(row) = rows.next().doing(doing)? {
            let item = FeedRow {
                position: position_of(row, 0).doing(doing)?,
                chart: ChartId::new(row.get(3).doing(doing)?),
                hlc: hlc_of(row.get(4).doing(doing)?),
                person: PersonId(row.get(5).doing(doing)?),
                hash: row.get(6).doing(doing)?,
                payload: row.get(7).doing(doing)?,
                has_left: row.get(10).doing(doing)?,
            };
            size = size.saturating_add(item.payload.len());
            if size > max_bytes && !read.rows.is_empty() {
                return Ok(read);
            }
            let mark: (u64, u64) = (row.get(8).doing(doing)?, row.get(9).doing(doing)?);
            while let Some((number, chart)) = left.front().copied().filter(|it| it.0 < mark.0) {
                left.pop_front();
                read.rows.push(((number, 0), ChartRow::Left(chart)));
            }
            read.rows.push((mark, ChartRow::Change(item)));
            if read.rows.len() >= max_rows {
                return Ok(read);
            }
        }
        let gone = left.into_iter();
        read.rows
            .extend(gone.map(|(number, chart)| ((number, 0), ChartRow::Left(chart))));
        read.complete = true;
        Ok(read)
    }

    /// Returns the charts that were in a scope and are no more.
    pub fn charts_left(&self, scope: ScopeId) -> Result<Vec<ChartId>, StoreError> {
        let left = self.left_after(scope, 0)?.into_iter();
        Ok(left.map(|(_number, chart)| chart).collect())
    }

    /// Returns the charts after one that were in a scope and are no more, with their numbers.
    fn left_after(&self, scope: ScopeId, after: i64) -> Result<Vec<(u64, ChartId)>, StoreError> {
        let sql = "SELECT DISTINCT parting.chart, chart.name FROM parting JOIN chart ON chart.id = parting.chart
                   WHERE parting.scope = ?1 AND parting.chart > ?2 AND NOT EXISTS (
                       SELECT 1 FROM member WHERE member.chart = parting.chart AND member.scope = ?1)
                   ORDER BY parting.chart";
        let doing = "read which charts left";
        self.all(sql, params![scope.0, after], doing, |row| {
            Ok((row.get(0)?, ChartId::new(row.get(1)?)))
        })
    }
}
