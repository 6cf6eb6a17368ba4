//! `posta chart`

use desktop_client::Client;
use serde::Serialize;

use super::work;
use crate::arguments::{Chart, Common};
use crate::output::Output;
use crate::run::Failure;

/// A chart that came.
#[derive(Serialize)]
struct Fetched {
    /// Its identifier.
    chart: String,
}

/// Asks the hub for a chart.
pub(crate) fn run(
    common: &Common,
    command: &Chart,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Chart::Fetch { number, reason } = command;
    let fetch = |client: &mut Client| Ok(client.fetch_chart(number, reason)?);
    let fetched = Fetched {
        chart: work(common, fetch)?,
    };
    output.result(&fetched, |it| {
        format!(
            "the chart is here for some days: posta patient show {}\n",
            it.chart
        )
    })
}
