//! The list of where imported objects went, compared with the statements.
//!
//! What a chart says of its statements' sources gives the list back for addresses that mean the same everywhere
//! (a UUID, a URL), as far as they were imported here. Of an address that means something only inside one file
//! (`Patient/1`) the list has the file's fingerprint too, which is nowhere else: that its statement is there is
//! checked, the address itself cannot be.

use std::collections::{BTreeMap, BTreeSet};

use fhir::is_universal;
use record::{Chart, ChartId, DeviceId, Hlc, StatementId};
use store::{KeptSource, Repair, SourceAddress};

/// The list, and what the charts say of it so far.
#[derive(Debug)]
pub(super) struct Sources {
    /// The list, sorted by chart.
    kept: Vec<KeptSource>,
    /// Which device this is.
    device: DeviceId,
    /// What was imported here, with when: the newest statement of an address is where it went.
    said: Vec<(SourceAddress, Hlc, ChartId, StatementId)>,
    /// Addresses whose place is wrong.
    wrong: BTreeSet<SourceAddress>,
}

impl Sources {
    pub(super) fn new(mut kept: Vec<KeptSource>, device: DeviceId) -> Self {
        kept.sort_unstable_by_key(|it| it.chart);
        Self {
            kept,
            device,
            said: Vec::new(),
            wrong: BTreeSet::new(),
        }
    }

    /// Compares what the list says of a chart. Returns how many of its objects are not there.
    pub(super) fn compare(&mut self, chart: &Chart) -> usize {
        let addresses: BTreeMap<StatementId, Option<SourceAddress>> = chart
            .statements
            .iter()
            .filter_map(|it| Some((it.id, it.source.as_deref()?)))
            .map(|(id, source)| (id, is_universal(source).then(|| SourceAddress::of(source))))
            .collect();
        for statement in &chart.statements {
            let Some(Some(address)) = addresses.get(&statement.id) else {
                continue;
            };
            // One that replaces another may have been written when a conflict was decided, where nothing was
            // imported. What it replaces says where the object was imported.
            let at = statement.stamp.at;
            if statement.stamp.device == self.device && statement.replaces.is_empty() {
                self.said.push((*address, at, chart.id, statement.id));
            }
        }
        let wrong: Vec<SourceAddress> = self
            .of(chart.id)
            .iter()
            .filter(|kept| match addresses.get(&kept.statement) {
                Some(Some(address)) => *address != kept.address,
                Some(None) => false,
                None => true,
            })
            .map(|it| it.address)
            .collect();
        self.wrong.extend(&wrong);
        wrong.len()
    }

    /// Returns the charts that the list names and that were not compared.
    pub(super) fn of_others(&mut self, charts: &BTreeSet<ChartId>) -> Vec<ChartId> {
        let others = self.kept.iter().filter(|it| !charts.contains(&it.chart));
        let (addresses, mut named): (Vec<_>, Vec<_>) =
            others.map(|it| (it.address, it.chart)).unzip();
        self.wrong.extend(addresses);
        named.dedup();
        named
    }

    /// Adds what mends the list. Returns the charts of objects that it lacks, with how many.
    pub(super) fn finish(&mut self, repair: &mut Repair) -> BTreeMap<ChartId, usize> {
        let listed: BTreeSet<SourceAddress> = self.kept.iter().map(|it| it.address).collect();
        let mut said = std::mem::take(&mut self.said);
        said.sort_unstable();
        let newest: BTreeMap<SourceAddress, (ChartId, StatementId)> = said
            .into_iter()
            .map(|(address, _at, chart, statement)| (address, (chart, statement)))
            .collect();
        let mut lacking = BTreeMap::new();
        for (address, (chart, statement)) in newest {
            let is_wrong = self.wrong.contains(&address);
            if listed.contains(&address) && !is_wrong {
                continue;
            }
            if !is_wrong {
                *lacking.entry(chart).or_default() += 1;
            }
            repair.sources.push(KeptSource {
                address,
                chart,
                statement,
            });
        }
        repair.no_sources = self.wrong.iter().copied().collect();
        lacking
    }

    fn of(&self, chart: ChartId) -> &[KeptSource] {
        let from = self.kept.partition_point(|it| it.chart < chart);
        let rest = self.kept.get(from..).unwrap_or_default();
        let count = rest.partition_point(|it| it.chart == chart);
        rest.get(..count).unwrap_or_default()
    }
}
