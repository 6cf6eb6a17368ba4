//! Running seeds.

use anyhow::Result;

use crate::plan::Plan;
use crate::report::Report;
use crate::run::Run;
use crate::sabotage::Sabotage;
use crate::template::{Template, templates};
use crate::violation::{Law, Violation};

/// Runs seeds. The fleets that runs begin with are made once.
#[derive(Debug)]
pub struct Simulator {
    templates: Vec<Template>,
    fleets: Vec<usize>,
}

/// A run that broke a law.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}: {violation}")]
pub struct Failure {
    /// Of which seed. It belongs into [`KEPT`](crate::KEPT).
    pub seed: u64,
    /// Which law, and how.
    #[source]
    pub violation: Violation,
}

impl Simulator {
    /// Makes the fleets.
    pub fn new() -> Result<Self> {
        let templates = templates()?;
        let fleets = templates.iter().map(|it| it.clinics.len()).collect();
        Ok(Self { templates, fleets })
    }

    /// Runs a seed.
    pub fn run(&self, seed: u64) -> Result<Report, Failure> {
        self.run_broken(seed, None)
    }

    /// Runs a seed with something broken on purpose.
    pub fn run_broken(&self, seed: u64, sabotage: Option<Sabotage>) -> Result<Report, Failure> {
        let begun = self.begin(seed, sabotage);
        let report = begun.and_then(|mut run| run.finish().map(|()| run.report));
        report.map_err(|violation| Failure { seed, violation })
    }

    /// Runs a seed again and returns a line for everything that happened.
    #[must_use]
    pub fn trace(&self, seed: u64) -> Vec<String> {
        match self.begin(seed, None) {
            Ok(mut run) => {
                run.keep_trace();
                let end = run
                    .finish()
                    .map_or_else(|it| it.to_string(), |()| "every law held".into());
                let mut lines = run.into_trace();
                lines.push(end);
                lines
            }
            Err(violation) => vec![violation.to_string()],
        }
    }

    fn begin(&self, seed: u64, sabotage: Option<Sabotage>) -> Result<Run, Violation> {
        let plan = Plan::draw(seed, &self.fleets);
        let template = self.templates.get(plan.fleet).ok_or_else(|| Violation {
            law: Law::EverybodyGetsOn,
            what: "there is no such fleet".into(),
        })?;
        Run::begin(template, plan, sabotage)
    }
}
