//! Starting the window and closing it.

use anyhow::Context as _;
use tauri::{Manager as _, RunEvent};

use crate::arguments::Arguments;
use crate::bindings;
use crate::desk::Desk;
use crate::meetings::Meetings;

/// Opens the window and returns when it is closed.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let desk = Desk::new(arguments.home);
    let left = desk.clone();
    let collected = bindings::collected();
    let app = tauri::Builder::default()
        .invoke_handler(collected.invoke_handler())
        .setup(move |app| {
            collected.mount_events(app);
            app.manage(Meetings::start(desk.clone(), app.handle().clone())?);
            app.manage(desk);
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window could not be made")?;
    app.run(move |_app, event| {
        if let RunEvent::Exit = event {
            // The person's signature on what they did is worth a try; what was saved is on the disk already.
            drop(left.leave());
        }
    });
    Ok(())
}
