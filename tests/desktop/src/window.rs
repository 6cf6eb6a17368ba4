//! The built window, seen and touched by WebDriver: what a person sees and presses, never what the page is made of.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Screen;
use crate::process::Process;

/// How long a thing may take to be seen. A loaded machine paints its first page after 20 seconds, and a hub that
/// does not answer is given up after 30.
const LIMIT: Duration = Duration::from_secs(90);
/// How often it is looked for.
const EVERY: Duration = Duration::from_millis(100);
/// Set it to write the pictures that the README shows.
const PICTURES: &str = "POSTA_SCREENSHOTS";
/// Where they go, and where the accessibility checker comes from.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A key that is not a letter, as WebDriver names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Down.
    Down,
    /// Tab.
    Tab,
    /// Control with Enter.
    ControlEnter,
    /// A function key, by number.
    F(u32),
}

impl Key {
    fn typed(self) -> Result<String> {
        Ok(match self {
            Self::Enter => "\u{e007}".to_owned(),
            Self::Escape => "\u{e00c}".to_owned(),
            Self::Down => "\u{e015}".to_owned(),
            Self::Tab => "\u{e004}".to_owned(),
            Self::ControlEnter => "\u{e009}\u{e007}\u{e000}".to_owned(),
            Self::F(number) => char::from_u32(0xe030 + number)
                .context("a function key")?
                .to_string(),
        })
    }
}

/// A window of the real program. Dropped, the program ends.
pub struct Window {
    client: Client,
    _driver: Process,
    folder: TempDir,
    home: PathBuf,
}

impl Window {
    /// Starts the program on a home and waits for its page.
    pub async fn open(screen: &Screen, program: &Path, home: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let mut command = Command::new("WebKitWebDriver");
        command
            .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
            .env("DISPLAY", screen.display())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            // Nothing of a journey may land in the account that runs it.
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CACHE_HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("driver.log"))?);
        let driver = Process::start(&mut command)?;
        let client = connect(port, program, home).await?;
        let window = Self {
            client,
            _driver: driver,
            folder,
            home: home.to_owned(),
        };
        window.see_element("main").await?;
        Ok(window)
    }

    /// Waits until a text is seen.
    pub async fn see(&self, text: &str) -> Result<()> {
        let script = "return document.body.innerText.includes(arguments[0])";
        self.until(script, text, true)
            .await
            .with_context(|| format!("{text:?} was not seen"))
    }

    /// Waits until a text is not seen any more.
    pub async fn see_no(&self, text: &str) -> Result<()> {
        let script = "return document.body.innerText.includes(arguments[0])";
        self.until(script, text, false)
            .await
            .with_context(|| format!("{text:?} is still seen"))
    }

    /// Waits until something that a selector names is there.
    pub async fn see_element(&self, selector: &str) -> Result<Element> {
        let wait = self.client.wait().at_most(LIMIT).every(EVERY);
        match wait.for_element(Locator::Css(selector)).await {
            Ok(element) => Ok(element),
            Err(error) => bail!("{selector} was not seen ({error}); {}", self.said().await),
        }
    }

    /// Returns the text of something that a selector names.
    pub async fn text_of(&self, selector: &str) -> Result<String> {
        Ok(self.see_element(selector).await?.text().await?)
    }

    /// Returns the texts of all that a selector names.
    pub async fn texts_of(&self, selector: &str) -> Result<Vec<String>> {
        self.see_element(selector).await?;
        let script = "return [...document.querySelectorAll(arguments[0])].map(it => it.innerText)";
        let texts = self.client.execute(script, vec![json!(selector)]).await?;
        let texts = texts.as_array().context("a list of texts")?;
        Ok(texts
            .iter()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect())
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) -> Result<()> {
        Ok(self
            .client
            .active_element()
            .await?
            .send_keys(&key.typed()?)
            .await?)
    }

    /// Types where the focus is.
    pub async fn write(&self, text: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(text).await?)
    }

    /// Writes into the field with a label, over what stands there.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        write_over(&self.field(label).await?, text).await
    }

    /// Writes into the field that a selector names, over what stands there.
    pub async fn write_over(&self, selector: &str, text: &str) -> Result<()> {
        write_over(&self.see_element(selector).await?, text).await
    }

    /// Returns what stands in the field with a label.
    pub async fn value_of(&self, label: &str) -> Result<String> {
        Ok(self
            .field(label)
            .await?
            .prop("value")
            .await?
            .unwrap_or_default())
    }

    /// Presses the button, or chooses the one of a few, that bears a text.
    pub async fn choose(&self, text: &str) -> Result<()> {
        let path = format!(
            "(//button|//label|//summary)[.//text()[contains(normalize-space(.), {text:?})]]"
        );
        let wait = self.client.wait().at_most(LIMIT).every(EVERY);
        match wait.for_element(Locator::XPath(&path)).await {
            Ok(element) => Ok(element.click().await?),
            Err(error) => bail!(
                "nothing that says {text:?} ({error}); {}",
                self.said().await
            ),
        }
    }

    /// Checks the screen with axe: nothing on it may be closed to somebody.
    pub async fn is_open_to_everybody(&self, screen: &str) -> Result<()> {
        let path = Path::new(ROOT).join("desktop/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&path)
            .context("axe-core is missing: run `npm ci` in desktop")?;
        // The window's content policy forbids scripts from elsewhere; what WebDriver runs is not held to it.
        self.client
            .execute(
                &format!("if (!window.axe) {{ {axe}; window.axe = axe; }}"),
                vec![],
            )
            .await?;
        let check =
            "const done = arguments[0]; window.axe.run().then(found => done(found.violations.map(
            it => `${it.id}: ${it.nodes.map(node => node.target.join(' ')).join(', ')}`)))";
        let found = self.client.execute_async(check, vec![]).await?;
        let found = found.as_array().context("a list of violations")?;
        ensure!(
            found.is_empty(),
            "{screen} is not open to everybody: {found:#?}"
        );
        Ok(())
    }

    /// Takes a picture for the README, if pictures are wanted.
    pub async fn picture(&self, name: &str) -> Result<()> {
        if std::env::var_os(PICTURES).is_none() {
            return Ok(());
        }
        let folder = Path::new(ROOT).join("docs/screenshots");
        std::fs::create_dir_all(&folder)?;
        // What was typed last is painted with the second frame from now.
        let painted = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))";
        self.client.execute_async(painted, vec![]).await?;
        let png = self.client.screenshot().await?;
        std::fs::write(folder.join(format!("{name}.png")), png).context("writing the picture")
    }

    /// Ends the program as a power cut does.
    pub fn lose_power(self) -> Result<()> {
        Process::kill(self.program()?)
    }

    /// Closes the window as a person does.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    async fn field(&self, label: &str) -> Result<Element> {
        let path = format!(
            "//*[(self::input or self::textarea) and @id = //label[normalize-space(.) = {label:?}]/@for]"
        );
        let wait = self.client.wait().at_most(LIMIT).every(EVERY);
        match wait.for_element(Locator::XPath(&path)).await {
            Ok(element) => Ok(element),
            Err(error) => bail!("no field {label:?} ({error}); {}", self.said().await),
        }
    }

    /// Asks the page something about a text until the answer is the one that is waited for.
    async fn until(&self, script: &str, text: &str, answer: bool) -> Result<()> {
        let asked = tokio::time::timeout(LIMIT, async {
            loop {
                if self.client.execute(script, vec![json!(text)]).await? == Value::Bool(answer) {
                    return Ok(());
                }
                tokio::time::sleep(EVERY).await;
            }
        });
        match asked.await {
            Ok(done) => done,
            Err(_late) => bail!(self.said().await),
        }
    }

    /// What the window says, for whoever reads why a journey failed. The patients are nobody.
    async fn said(&self) -> String {
        let said = self
            .client
            .execute("return document.body.innerText", vec![])
            .await;
        let said = said
            .ok()
            .and_then(|it| it.as_str().map(str::to_owned))
            .unwrap_or_default();
        let log =
            std::fs::read_to_string(self.folder.path().join("driver.log")).unwrap_or_default();
        format!("the window says:\n{said}\n{log}")
    }

    /// Finds the program's process: the one that was started on this home.
    fn program(&self) -> Result<u32> {
        let home = self.home.to_string_lossy().into_owned();
        for process in std::fs::read_dir("/proc")?.flatten() {
            let Some(id) = process.file_name().to_str().and_then(|it| it.parse().ok()) else {
                continue;
            };
            // A process may end while it is looked at.
            let words = std::fs::read_to_string(process.path().join("cmdline")).unwrap_or_default();
            let mut words = words.split('\0');
            if words.next().is_some_and(|it| it.ends_with("posta-desktop"))
                && words.any(|it| it == home)
            {
                return Ok(id);
            }
        }
        bail!("the window's program is not running")
    }
}

async fn write_over(field: &Element, text: &str) -> Result<()> {
    field.click().await?;
    field.send_keys("\u{e009}a\u{e000}").await?;
    Ok(field.send_keys(text).await?)
}

async fn connect(port: u16, program: &Path, home: &Path) -> Result<Client> {
    let options = json!({ "binary": program, "args": ["--home", home] });
    let mut capabilities = serde_json::Map::new();
    capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
    let address = format!("http://127.0.0.1:{port}");
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    // The driver listens a moment after it was started.
    let connected = tokio::time::timeout(LIMIT, async {
        loop {
            match builder.connect(&address).await {
                Ok(client) => return client,
                Err(_not_yet) => tokio::time::sleep(EVERY).await,
            }
        }
    });
    connected.await.context("WebKitWebDriver opened no session")
}

/// Finds a port that was free a moment ago; the driver cannot be asked to find one.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
