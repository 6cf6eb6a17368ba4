//! Who tells the story: to a person at a terminal, or to nobody.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Tells what happens.
pub trait Narrator {
    /// Begins a chapter.
    fn chapter(&mut self, title: &str);
    /// Says a thing.
    fn say(&mut self, line: &str);
    /// Begins something that takes long.
    fn begin(&mut self, what: &str);
    /// It is done.
    fn end(&mut self);
}

/// Tells a person at a terminal.
#[derive(Debug, Default)]
pub struct Terminal {
    bar: Option<ProgressBar>,
}

impl Terminal {
    /// How often what is shown moves.
    const TICK: Duration = Duration::from_millis(120);
}

#[expect(
    clippy::print_stdout,
    reason = "this narrator talks to a person at a terminal"
)]
impl Narrator for Terminal {
    fn chapter(&mut self, title: &str) {
        println!("\n── {title}");
    }

    fn say(&mut self, line: &str) {
        println!("   {line}");
    }

    fn begin(&mut self, what: &str) {
        let style = ProgressStyle::with_template("   {spinner} {msg}  {elapsed}");
        let style = style.unwrap_or_else(|_invalid| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner()
            .with_style(style)
            .with_message(what.to_owned());
        bar.enable_steady_tick(Self::TICK);
        self.bar = Some(bar);
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Tells nobody.
#[derive(Debug, Default)]
pub struct Nobody;

impl Narrator for Nobody {
    fn chapter(&mut self, _title: &str) {}

    fn say(&mut self, _line: &str) {}

    fn begin(&mut self, _what: &str) {}

    fn end(&mut self) {}
}
