//! The bounds: each constant that says the most of something is named in a test, of its own crate if it is private.
//!
//! A bound that no test reaches may be off by one, or not be looked at anywhere. Naming proves less than
//! reaching, but what is not named is not reached either, and whoever adds a bound is asked for its test.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::House;

/// What makes a constant's name that of a bound.
const WORDS: [&str; 3] = ["MAX", "LIMIT", "MOST"];

/// Bounds that no test can reach: the crate, the constant and why. Keep it short.
const BEYOND_TESTS: &[(&str, &str, &str)] = &[
    (
        "desktop/client",
        "CONNECT_LIMIT",
        "half a minute of a real clock in which nobody answers",
    ),
    (
        "desktop/client",
        "FAREWELL_LIMIT",
        "seconds of a real clock in which a neighbour does not go",
    ),
    (
        "desktop/client",
        "FIND_LIMIT",
        "seconds of a real clock on a network with multicast",
    ),
    (
        "desktop/client",
        "MAX_EXTENSIONS",
        "somebody who writes at the end of each of five rounds with a real hub",
    ),
    (
        "desktop/client",
        "MAX_MOVES",
        "a link that falls silent nine times, minutes of a real clock",
    ),
    (
        "desktop/client",
        "MAX_SKIPPED",
        "a hub of a later release, which says what this one does not know",
    ),
    (
        "sync-server",
        "MAX_ANSWERS",
        "a peer that does not read while the kernel's buffers fill",
    ),
    (
        "sync-server",
        "MAX_JOBS",
        "a channel's room: whoever finds it full waits",
    ),
    (
        "sync-server",
        "MAX_LINKS",
        "a thousand links, more than a process may have open by default",
    ),
    (
        "sync-server",
        "MAX_OUTPUTS",
        "a channel's room: a peer that does not read while the kernel's buffers fill",
    ),
    (
        "sync-server",
        "MAX_WAITING",
        "a peer that does not read while the kernel's buffers fill",
    ),
];

/// Returns every bound that no test names, and every exception that is none any more.
pub fn bounds(house: &House) -> Result<Vec<String>> {
    unnamed(house, BEYOND_TESTS)
}

/// Returns the same with other exceptions.
pub(crate) fn unnamed(house: &House, exceptions: &[(&str, &str, &str)]) -> Result<Vec<String>> {
    let (declared, named) = read(house)?;
    let is_excepted = |bound: &Bound| {
        exceptions
            .iter()
            .any(|it| (it.0, it.1) == (bound.room.as_str(), bound.name.as_str()))
    };
    let mut faults: Vec<String> = declared
        .iter()
        .filter(|bound| !named.has(bound) && !is_excepted(bound))
        .map(|it| format!("{}: {} is named in no test", it.room, it.name))
        .collect();
    for (room, name, _) in exceptions {
        let mut bounds = declared.iter();
        match bounds.find(|it| (it.room.as_str(), it.name.as_str()) == (*room, *name)) {
            None => faults.push(format!("{room}: the exception {name} is no bound")),
            Some(bound) if named.has(bound) => {
                faults.push(format!("{room}: the exception {name} is named in a test"));
            }
            Some(_) => {}
        }
    }
    Ok(faults)
}

/// A constant.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Bound {
    room: String,
    /// With the type's name before it if it belongs to one.
    name: String,
    is_public: bool,
}

/// The bounds that tests name, by the room of the test.
#[derive(Default)]
struct Named(BTreeMap<String, BTreeSet<String>>);

impl Named {
    fn has(&self, bound: &Bound) -> bool {
        self.0
            .iter()
            .filter(|(room, _)| bound.is_public || **room == bound.room)
            .any(|(_, names)| names.contains(&bound.name))
    }
}

/// Reads every Rust file: which bounds the product has, and which of them tests name.
fn read(house: &House) -> Result<(BTreeSet<Bound>, Named)> {
    let mut files = Vec::new();
    for file in house.files(".rs") {
        let text = house.read(file)?;
        let parsed = syn::parse_file(&text).with_context(|| file.display().to_string())?;
        let mut reader = Reader::default();
        reader.visit_file(&parsed);
        files.push((file, text, reader));
    }
    let modules: Vec<PathBuf> = files
        .iter()
        .flat_map(|(file, _, reader)| reader.modules.iter().map(|it| inside(file).join(it)))
        .collect();

    let (mut declared, mut named) = (BTreeSet::new(), Named::default());
    for (file, text, reader) in files {
        let room = room(house, file);
        let is_test = file.components().any(|it| it.as_os_str() == "tests")
            || modules
                .iter()
                .any(|it| file.with_extension("").starts_with(it));
        let parts = if is_test {
            vec![text]
        } else {
            let bounds = reader.bounds.into_iter();
            declared.extend(bounds.map(|(name, is_public)| Bound {
                room: room.clone(),
                name,
                is_public,
            }));
            let parts = reader.parts.into_iter();
            parts
                .filter_map(|part| text.get(part).map(str::to_owned))
                .collect()
        };
        let names = named.0.entry(room).or_default();
        for part in parts {
            let tokens: TokenStream = part
                .parse()
                .map_err(|fault| anyhow::anyhow!("{}: {fault}", file.display()))?;
            mentions(tokens, names);
        }
    }
    Ok((declared, named))
}

/// Returns the crate's folder; everything in `tests/` is one room, for it may test anything.
fn room(house: &House, file: &Path) -> String {
    let folder = if file.starts_with("tests") {
        Some(Path::new("tests"))
    } else {
        let mut folders = file.ancestors().skip(1);
        folders.find(|it| house.has(it.join("Cargo.toml")))
    };
    folder.map_or_else(String::new, |it| it.display().to_string())
}

/// Returns the folder of the modules that the file declares.
fn inside(file: &Path) -> PathBuf {
    match (file.file_stem().and_then(|it| it.to_str()), file.parent()) {
        (Some("lib" | "main"), Some(folder)) => folder.to_owned(),
        (Some(_) | None, _) => file.with_extension(""),
    }
}

/// Collects the names of bounds among the tokens: alone, and with the type before them.
fn mentions(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut before = String::new();
    for token in tokens {
        match token {
            TokenTree::Ident(it) => {
                let name = it.to_string();
                if is_bound(&name) {
                    let is_of_a_type = before.starts_with(char::is_uppercase);
                    let of = if is_of_a_type { before.as_str() } else { "" };
                    names.insert(format!("{of}{name}"));
                    before.clear();
                } else {
                    before = name;
                }
            }
            TokenTree::Punct(it) if it.as_char() == ':' => before.push(':'),
            TokenTree::Group(it) => {
                mentions(it.stream(), names);
                before.clear();
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => before.clear(),
        }
    }
}

fn is_bound(name: &str) -> bool {
    name.split('_').any(|word| WORDS.contains(&word))
}

/// What one file says of bounds.
#[derive(Default)]
struct Reader {
    /// Outside its tests, and whether other crates see them.
    bounds: Vec<(String, bool)>,
    /// The type whose associated items are being read.
    of: Option<String>,
    /// Where in its text the parts for tests are.
    parts: Vec<Range<usize>>,
    /// The modules for tests that are files of their own.
    modules: Vec<String>,
}

impl Reader {
    fn take(&mut self, name: &syn::Ident, visibility: &syn::Visibility) {
        let name = name.to_string();
        if is_bound(&name) {
            let is_public = matches!(visibility, syn::Visibility::Public(_));
            let of = self.of.as_ref();
            let name = of.map_or_else(|| name.clone(), |of| format!("{of}::{name}"));
            self.bounds.push((name, is_public));
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let syn::Item::Mod(it) = item else {
            return visit::visit_item(self, item);
        };
        if !is_for_tests(&it.attrs) {
            visit::visit_item(self, item);
        } else if it.content.is_some() {
            self.parts.push(it.span().byte_range());
        } else {
            self.modules.push(it.ident.to_string());
        }
    }

    fn visit_item_const(&mut self, it: &'ast syn::ItemConst) {
        self.take(&it.ident, &it.vis);
    }

    fn visit_item_impl(&mut self, it: &'ast syn::ItemImpl) {
        if let syn::Type::Path(of) = &*it.self_ty {
            self.of = of.path.segments.last().map(|it| it.ident.to_string());
        }
        visit::visit_item_impl(self, it);
        self.of = None;
    }

    fn visit_impl_item_const(&mut self, it: &'ast syn::ImplItemConst) {
        self.take(&it.ident, &it.vis);
    }
}

/// Tells whether the attributes leave the item out of what ships.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident("cfg")
            && it
                .parse_args::<syn::Path>()
                .is_ok_and(|condition| condition.is_ident("test"))
    })
}
