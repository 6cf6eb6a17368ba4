//! The story of the demo, told to nobody, and to one who writes it down.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use end_to_end::narrator::{Narrator, Nobody};
use end_to_end::story::{Options, run};

use crate::programs;

/// Writes down what is said.
#[derive(Default)]
struct Listener(Vec<String>);

impl Narrator for Listener {
    fn chapter(&mut self, title: &str) {
        self.0.push(title.to_owned());
    }

    fn say(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }

    fn begin(&mut self, _what: &str) {}

    fn end(&mut self) {}
}

#[test]
fn two_clinics_one_hub_one_truth() -> Result<()> {
    let options = Options {
        people: 16,
        records: None,
        keep: None,
    };

    run(programs(), &options, &mut Nobody)?;
    Ok(())
}

/// Two patients, of whom each has a little, a resource that must be refused and a file that is no FHIR.
fn few_records(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (number, birth_date) in [(1, "1990-02-03"), (2, "1990-02-30")] {
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[
                {{"resource":{{"resourceType":"Patient","id":"p{number}","name":[{{"family":"Mutua"}}]}}}},
                {{"resource":{{"resourceType":"Patient","id":"q{number}","birthDate":"{birth_date}"}}}}]}}"#
        );
        fs::write(folder.join(format!("{number}.json")), bundle)?;
    }
    Ok(fs::write(folder.join("3.json"), "PK\x03\x04")?)
}

#[cfg(unix)]
#[test]
fn a_story_of_few_records_is_told_and_what_it_leaves_can_be_explored() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (records, keep) = (folder.path().join("in"), folder.path().join("kept"));
    few_records(&records)?;
    let options = Options {
        people: 0,
        records: Some(records),
        keep: Some(keep),
    };
    let mut listener = Listener::default();

    let told = run(programs(), &options, &mut listener)?;
    let said = listener.0.join("\n");
    for refusal in ["there is no such day", "3.json: not a FHIR JSON file"] {
        ensure!(said.contains(refusal), "{refusal:?} is not told:\n{said}");
    }
    listener.0.clear();
    told.explain(&mut listener);
    drop(told);

    let mut terminal = crate::terminal::Terminal::open(folder.path())?;
    let commands = listener.0.iter().filter_map(|it| it.strip_prefix("  "));
    let mut screen = String::new();
    for command in commands {
        let (said, status) = terminal.type_in(command)?;
        ensure!(status == 0, "{command}\nended with {status}: {said}");
        screen.push_str(&said);
    }
    let levelled = screen.matches("level with the hub").count();
    ensure!(levelled == 3, "{screen}");
    Ok(())
}
