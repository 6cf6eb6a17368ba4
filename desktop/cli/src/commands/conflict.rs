//! `posta conflict`

use desktop_client::{ConflictRegister, ConflictView, ResolveInput};

use super::{chart, work};
use crate::arguments::{Common, Conflict, Disputed};
use crate::output::Output;
use crate::run::Failure;
use crate::show;

/// Lists and decides.
pub(crate) fn run(
    common: &Common,
    command: &Conflict,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        Conflict::List => {
            let found = work(common, |client| Ok(client.conflicts()?))?;
            output.result(&found, |found: &Vec<ConflictView>| show::conflicts(found))
        }
        Conflict::Resolve(it) => {
            let view = work(common, |client| {
                let input = ResolveInput {
                    chart: chart(client, &it.chart)?,
                    register: register(it.register),
                    value: it.value.clone(),
                    shown: None,
                    reason: it.reason.clone(),
                };
                Ok(client.resolve(&input)?)
            })?;
            output.result(&view, show::chart)
        }
    }
}

const fn register(disputed: Disputed) -> ConflictRegister {
    match disputed {
        Disputed::BirthDate => ConflictRegister::BirthDate,
        Disputed::Sex => ConflictRegister::Sex,
        Disputed::Deceased => ConflictRegister::Deceased,
        Disputed::Statement => ConflictRegister::Statement,
    }
}
