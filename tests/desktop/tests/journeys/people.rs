//! Three people share one computer: one is let in by the office, one by the manager's word, and each works as themselves.

use anyhow::{Context as _, Result, ensure};
use desktop_tests::{Key, NURSE, PASSPHRASE, Screen, Window, World};
use serde_json::Value;

use super::unlock;

const MANAGER: &str = "Solange Uwase";
const MANAGERS: &str = "copper lantern under the stairs";
const FRIEND: &str = "Aline Iradukunda";
const FRIENDS: &str = "umuti mu gasozi ka kure";

#[tokio::test]
async fn three_people_share_a_computer() -> Result<()> {
    let world = World::found()?;
    let add = |name, role| {
        let words = ["person", "add", name, "--role", role, "--site", "1"];
        world.hub().run(&words)
    };
    add(MANAGER, "site-manager")?;
    add(FRIEND, "registrar")?;
    world.clinic().run(&["sync", "--once"])?;
    let screen = Screen::start()?;
    let window = Window::open(&screen, &world.window()?, &world.clinic_home()).await?;
    unlock(&window).await?;

    the_office_lets_the_manager_in(&world, &window).await?;
    the_manager_lets_a_friend_in(&window).await?;
    a_passphrase_is_changed(&window).await?;
    window.close().await
}

async fn the_office_lets_the_manager_in(world: &World, window: &Window) -> Result<()> {
    window.press(Key::F(7)).await?;
    window.see(MANAGER).await?;
    window.see("Does not unlock it").await?;
    window.is_open_to_everybody("the colleagues").await?;
    window.choose(MANAGER).await?;
    window.fill("Choose a passphrase", "password1234").await?;
    window.fill("The passphrase again", "password1234").await?;
    window.choose("Save").await?;
    window.see("The passphrase is too easy to guess.").await?;
    window.is_open_to_everybody("letting in").await?;
    window.fill("Choose a passphrase", MANAGERS).await?;
    window.fill("The passphrase again", MANAGERS).await?;
    window.choose("Save").await?;
    window.see("Read these to them").await?;
    let words = window.texts_of("[role=dialog] .people-words li").await?;
    ensure!(words.len() == 6, "there are not six words");
    window.choose("Done").await?;
    window.see("Waits for the office").await?;
    window.picture("people").await?;

    window.press(Key::F(8)).await?;
    window.see("Everything of yours is at the hub").await?;
    let list = world.hub().json(&["person", "list"])?;
    let request = list.pointer("/asking/0/id").and_then(Value::as_u64);
    let request = request.context("somebody who waits")?.to_string();
    let approve = ["person", "approve", &request, "--words", &words.join(" ")];
    world.hub().run(&approve)?;
    window.press(Key::F(8)).await?;
    window.see_no("Waits for the office").await
}

async fn the_manager_lets_a_friend_in(window: &Window) -> Result<()> {
    switch(window, MANAGER, MANAGERS).await?;
    window.press(Key::F(7)).await?;
    window.choose(FRIEND).await?;
    window.see("Let them work at once").await?;
    window.fill("Choose a passphrase", FRIENDS).await?;
    window.fill("The passphrase again", FRIENDS).await?;
    window.choose("Save").await?;
    window.choose("Done").await?;
    window.see("Unlocks it for now").await?;
    switch(window, FRIEND, FRIENDS).await?;
    window.see("Registrar").await
}

async fn a_passphrase_is_changed(window: &Window) -> Result<()> {
    switch(window, NURSE, PASSPHRASE).await?;
    window.press(Key::F(7)).await?;
    window.choose("Change my passphrase").await?;
    window.fill("Your passphrase now", "not this one").await?;
    window
        .fill("Choose a passphrase", "a new lamp for old ones")
        .await?;
    window
        .fill("The passphrase again", "a new lamp for old ones")
        .await?;
    window.choose("Save").await?;
    window.see("That is not the passphrase").await?;
    window.fill("Your passphrase now", PASSPHRASE).await?;
    window.choose("Save").await?;
    window.see("Your passphrase is changed").await?;
    switch(window, NURSE, "a new lamp for old ones").await
}

/// Locks, and somebody else unlocks.
async fn switch(window: &Window, name: &str, passphrase: &str) -> Result<()> {
    window.press(Key::F(9)).await?;
    window.see("Who are you?").await?;
    window.choose(name).await?;
    window.fill("Passphrase", passphrase).await?;
    window.press(Key::Enter).await?;
    window.see("Find a patient").await?;
    window.see(name).await
}
