//! Journeys through the real window, with a real home and a real hub.

mod day;
mod people;

use anyhow::{Context as _, Result, ensure};
use desktop_tests::{Key, NURSE, PASSPHRASE, Screen, Window, World};
use serde_json::Value;

/// Unlocks as the nurse.
async fn unlock(window: &Window) -> Result<()> {
    window.see(NURSE).await?;
    window.fill("Passphrase", PASSPHRASE).await?;
    window.press(Key::Enter).await?;
    window.see("Find a patient").await
}

/// Finds a patient as somebody in a hurry does, and opens the first one.
async fn open(window: &Window, text: &str, name: &str) -> Result<()> {
    window.press(Key::F(2)).await?;
    // What was looked for last may stand there still.
    window.write_over("[role=combobox]", text).await?;
    window.see("found").await?;
    window.see(name).await?;
    window.press(Key::Enter).await?;
    window.see_element(".banner-name").await?;
    ensure!(
        window.text_of(".banner-name").await? == name,
        "another chart was opened"
    );
    Ok(())
}

fn text(value: &Value, name: &str) -> Result<String> {
    let found = value.get(name).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .with_context(|| format!("no {name}"))
}

/// Returns a copy without accents, as people type in a hurry.
fn hurried(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|it| match it {
            'à' | 'á' | 'â' | 'ã' => 'a',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ò' | 'ó' | 'ô' | 'õ' => 'o',
            'ù' | 'ú' | 'û' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            other => other,
        })
        .collect()
}

#[tokio::test]
async fn what_was_typed_survives_a_power_cut() -> Result<()> {
    let world = World::found()?;
    let person = world.person(5);
    let patient = world.chart(&format!("{} {}", person.given, person.family))?;
    let name = text(&patient, "name")?;
    let screen = Screen::start()?;
    let window = Window::open(&screen, &world.window()?, &world.clinic_home()).await?;
    unlock(&window).await?;
    open(
        &window,
        &hurried(&format!("{} {}", person.given, person.family)),
        &name,
    )
    .await?;
    window.press(Key::F(4)).await?;
    window.see("Why did the patient come?").await?;
    window.write("Burn on the left hand").await?;
    window
        .fill("Note", "Hot porridge. Cooled, dressed, tetanus up to date.")
        .await?;
    window.see("Kept on this computer as you write.").await?;

    window.lose_power()?;

    let window = Window::open(&screen, &world.window()?, &world.clinic_home()).await?;
    unlock(&window).await?;
    open(
        &window,
        &hurried(&format!("{} {}", person.given, person.family)),
        &name,
    )
    .await?;
    window.see("A visit was begun here").await?;
    window.press(Key::F(4)).await?;
    window.see("Taken up where you left off.").await?;
    let reason = window.value_of("Why did the patient come?").await?;
    let note = window.value_of("Note").await?;
    ensure!(reason == "Burn on the left hand", "the reason was lost");
    ensure!(
        note == "Hot porridge. Cooled, dressed, tetanus up to date.",
        "the note was lost"
    );
    window.close().await
}

#[tokio::test]
async fn a_new_computer_joins_from_its_window() -> Result<()> {
    let world = World::found()?;
    world.clinic().run(&["sync", "--once"])?;
    let screen = Screen::start()?;
    let window = Window::open(&screen, &world.window()?, &world.empty_home()).await?;
    window.see("Let this computer join").await?;
    window.is_open_to_everybody("joining").await?;

    let invite = world.invite("1", "Ward")?;
    // One letter differs, as when it is copied by hand.
    let other = if invite.ends_with('q') { 'r' } else { 'q' };
    let mut wrong = invite.clone();
    wrong.pop();
    wrong.push(other);
    window.fill("Invite", &wrong).await?;
    window
        .fill("What do people call this computer?", "Ward")
        .await?;
    window.fill("Choose a passphrase", PASSPHRASE).await?;
    window
        .fill("The passphrase again", "something else")
        .await?;
    window.choose("Ask to join").await?;
    window.see("The two passphrases differ.").await?;
    window.fill("The passphrase again", PASSPHRASE).await?;
    window.choose("Ask to join").await?;
    window.see("The invite has a typing error.").await?;

    window.fill("Invite", &invite).await?;
    window.choose("Ask to join").await?;
    window.see("Waiting for your administrator").await?;
    window.is_open_to_everybody("waiting").await?;
    window.picture("join").await?;
    let words = window.texts_of(".enrol-words li").await?;
    ensure!(words.len() == 6, "there are not six words");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    world.approve(&words)?;

    window.see("Welcome to Gihanga Clinic").await?;
    unlock(&window).await?;
    window.see("24 patients on this computer").await?;
    window.close().await
}
