//! A nurse's day: a conflict, a registration, a visit without a network, and the hub again.

use anyhow::{Context as _, Result, ensure};
use desktop_tests::{Key, NURSE, Screen, Window, World};
use serde_json::Value;

use super::{hurried, open, text, unlock};

#[tokio::test]
async fn a_nurse_works_through_a_day() -> Result<()> {
    let world = World::found()?;
    let disputed = dispute_a_birth_date(&world)?;
    let screen = Screen::start()?;
    let window = Window::open(&screen, &world.window()?, &world.clinic_home()).await?;

    comes_in(&window).await?;
    decides_a_conflict(&world, &window, &disputed).await?;
    let number = registers(&window).await?;
    writes_a_visit_without_a_network(&world, &window).await?;
    finds_by_number_and_by_phone(&window, &number).await?;
    meets_the_hub_again(&world, &window).await?;
    window.press(Key::F(9)).await?;
    window.see("Who are you?").await?;
    window.close().await?;

    the_post_has_it_all(&world, &disputed, &number)
}

/// Both places correct one patient's birth date while they cannot reach each other. Returns the patient.
fn dispute_a_birth_date(world: &World) -> Result<Value> {
    let person = world.patient()?;
    world.clinic().run(&["sync", "--once"])?;
    world.post().run(&["sync", "--once"])?;
    let patient = world.chart(&format!("{} {}", person.given, person.family))?;
    let chart = text(&patient, "chart")?;
    let correct = |date: &'static str, reason: &'static str| {
        [
            "patient",
            "correct",
            &chart,
            "--birth-date",
            date,
            "--reason",
            reason,
        ]
        .map(str::to_owned)
    };
    let words = correct("1984-03-12", "seen on the identity card");
    world.clinic().run(&words.each_ref().map(String::as_str))?;
    let words = correct("1985-12-03", "told by the family");
    world.post().run(&words.each_ref().map(String::as_str))?;
    for program in [world.post(), world.clinic()] {
        program.run(&["sync", "--once"])?;
    }
    Ok(patient)
}

async fn comes_in(window: &Window) -> Result<()> {
    window.see("Welcome to Gihanga Clinic").await?;
    window.see(NURSE).await?;
    window.is_open_to_everybody("unlocking").await?;
    window.picture("unlock").await?;

    window.fill("Passphrase", "not the passphrase").await?;
    window.press(Key::Enter).await?;
    window.see("That is not the passphrase").await?;

    unlock(window).await?;
    window.see("Gihanga Clinic").await?;
    window.see("24 patients on this computer").await?;
    // The first meeting comes by itself; then the line may say so, and not before.
    window.see("Everything of yours is at the hub").await?;
    window.is_open_to_everybody("the start").await
}

async fn decides_a_conflict(world: &World, window: &Window, disputed: &Value) -> Result<()> {
    let name = text(disputed, "name")?;
    let person = world.patient()?;
    window
        .write(&hurried(person.family.get(..4).unwrap_or(&person.family)))
        .await?;
    window.see("found").await?;
    window.see(&name).await?;
    window.is_open_to_everybody("finding").await?;
    window.picture("find").await?;
    window.press(Key::Escape).await?;
    open(
        window,
        &hurried(&format!("{} {}", person.given, person.family)),
        &name,
    )
    .await?;

    for part in [
        "12 Mar 1984",
        "3 Dec 1985",
        "seen on the identity card",
        "told by the family",
    ] {
        window.see(part).await?;
    }
    window.see("Gihanga Clinic (Front desk)").await?;
    window.see("Ruvubu Health Post (Laptop)").await?;
    window.is_open_to_everybody("the chart").await?;
    window.picture("chart").await?;

    window.choose("Choose the right one").await?;
    window.see("Birth date: which is right?").await?;
    window.is_open_to_everybody("deciding").await?;
    window.choose("3 Dec 1985").await?;
    window.fill("How do you know?", "asked the mother").await?;
    window.picture("conflict").await?;
    window.choose("This one is right").await?;
    window
        .see("Decided. Both values stay in the history.")
        .await?;
    window.see("born 3 Dec 1985").await?;
    window.see_no("Someone must choose").await
}

/// Returns the new patient's number.
async fn registers(window: &Window) -> Result<String> {
    window.press(Key::F(2)).await?;
    window.see_element("[role=combobox]").await?;
    window.write("zoé kwizera").await?;
    window.see("Nobody here matches").await?;
    window.press(Key::F(3)).await?;
    window.see("Register a new patient").await?;
    ensure!(
        window.value_of("Given names").await? == "Zoé",
        "the searched name was not taken over"
    );
    ensure!(
        window.value_of("Family name").await? == "Kwizera",
        "the searched name was not taken over"
    );

    window.press(Key::ControlEnter).await?;
    window.see("Choose one.").await?;
    window.choose("Female").await?;
    window.fill("Day", "31").await?;
    window.fill("Month", "2").await?;
    window.fill("Year", "1989").await?;
    window.see("There is no such day in the calendar.").await?;
    window.fill("Day", "28").await?;
    window.see("Born 28 Feb 1989.").await?;
    window.fill("Phone", "0788 430 221").await?;
    window.fill("Village or town", "Gihanga").await?;
    window.is_open_to_everybody("registering").await?;
    window.picture("register").await?;
    window.press(Key::ControlEnter).await?;

    window.see("Registered. The number is").await?;
    window.see("Not asked yet.").await?;
    window.is_open_to_everybody("a new chart").await?;
    let said = window.text_of(".notice-settled").await?;
    let number = said.split_whitespace().last().context("the number")?;
    Ok(number.trim_end_matches('.').to_owned())
}

async fn writes_a_visit_without_a_network(world: &World, window: &Window) -> Result<()> {
    world.network().cut();
    window.press(Key::F(4)).await?;
    window.see("Why did the patient come?").await?;
    window.write("Fever since yesterday").await?;
    window.fill("Temperature", "38,9").await?;
    window.fill("Pulse", "230").await?;
    window.choose("None known").await?;
    window.fill("Diagnosis", "Malaria").await?;
    window
        .fill(
            "Note",
            "Drinks well, no convulsions.\u{e007}Rapid test positive.",
        )
        .await?;
    window
        .fill("Medicine ordered", "Artemether-lumefantrine")
        .await?;
    window.see("Kept on this computer as you write.").await?;
    window.is_open_to_everybody("writing a visit").await?;
    window.picture("visit").await?;

    // Leaving loses nothing: the chart says that a visit was begun, and takes it up again.
    window.press(Key::Escape).await?;
    window.see("A visit was begun here").await?;
    window.press(Key::F(4)).await?;
    window.see("Taken up where you left off.").await?;
    ensure!(
        window.value_of("Temperature").await? == "38,9",
        "the draft lost a number"
    );

    window.press(Key::ControlEnter).await?;
    window.see("please measure again").await?;
    window.choose("I measured again").await?;
    window.press(Key::ControlEnter).await?;
    window.see("The visit is saved.").await?;
    for part in [
        "Fever since yesterday",
        "38.9",
        "Malaria",
        "Rapid test positive.",
        "No known allergies",
    ] {
        window.see(part).await?;
    }
    is_listed(window, "Problems", "Malaria").await?;
    is_listed(window, "Medicines", "Artemether-lumefantrine").await?;
    window.see("only on this computer").await?;
    window.see("Only on this computer").await
}

/// Checks that a list of the chart has this as its only line.
async fn is_listed(window: &Window, title: &str, text: &str) -> Result<()> {
    let lists = window.texts_of(".chart-lists .list").await?;
    let list = lists.iter().find(|it| it.starts_with(title));
    let list = list.with_context(|| format!("no list {title:?}"))?;
    let heading = list.lines().next().unwrap_or_default();
    ensure!(
        heading.ends_with('1') && list.contains(text),
        "{title} should have {text:?} alone, and has {list:?}"
    );
    Ok(())
}

/// What stands on a card, and what somebody says on the phone: with hyphens, with spaces, or a part of it.
async fn finds_by_number_and_by_phone(window: &Window, number: &str) -> Result<()> {
    let digits = number.replace('-', "");
    for typed in [number, &digits, "0788 430 221", "0788430", "430-221"] {
        open(window, typed, "Zoé Kwizera")
            .await
            .with_context(|| format!("looking for {typed:?}"))?;
    }
    Ok(())
}

async fn meets_the_hub_again(world: &World, window: &Window) -> Result<()> {
    window.press(Key::F(8)).await?;
    window.see("The hub could not be reached.").await?;
    window.see("only on this computer").await?;
    // When we last met stays said, beside the try that failed.
    window.see("last met").await?;

    world.network().restore();
    window.press(Key::F(8)).await?;
    window.see("Everything of yours is at the hub").await?;
    window.see("last met just now").await?;
    window.see_no("The hub could not be reached.").await?;
    window.press(Key::F(1)).await?;
    window.see("What the marks mean").await?;
    window.is_open_to_everybody("the keys").await?;
    window.press(Key::Escape).await
}

/// What was done in the window is at the other clinic, and the hub knows who looked.
fn the_post_has_it_all(world: &World, disputed: &Value, number: &str) -> Result<()> {
    world.clinic().run(&["sync", "--once"])?;
    world.post().run(&["sync", "--once"])?;
    let show = |program: harness::programs::Program, chart: &str| {
        program.json(&["patient", "show", chart])
    };
    let decided = show(world.post(), &text(disputed, "chart")?)?;
    ensure!(
        text(&decided, "birthDate")? == "1985-12-03",
        "the decision did not arrive"
    );
    let registered = show(world.post(), number)?;
    let visits = registered
        .get("visits")
        .and_then(Value::as_array)
        .context("visits")?;
    ensure!(
        visits.len() == 1,
        "the visit did not arrive, or arrived twice"
    );
    let verified = world.clinic().json(&["verify"])?;
    ensure!(
        verified.get("ok") == Some(&Value::Bool(true)),
        "the clinic's caches differ from its log"
    );
    let looked = world
        .hub()
        .json(&["audit", "list", "--chart", &text(disputed, "chart")?])?;
    ensure!(
        looked.to_string().contains(NURSE),
        "the hub does not know who looked"
    );
    Ok(())
}
