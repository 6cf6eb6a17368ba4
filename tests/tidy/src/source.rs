//! The shape of Rust files: their length, their functions' length, what they open with, who reaches them.

use std::path::Path;

use anyhow::{Context as _, Result};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::House;

/// The most lines a file may have. Splitting is by idea; this only catches what was put off.
const FILE_LINES: usize = 400;
/// The most lines a function may have, its signature and braces included.
const FUNCTION_LINES: usize = 70;

/// Returns every Rust file that is too long.
pub fn file_sizes(house: &House) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in house.files(".rs") {
        let lines = house.read(file)?.lines().count();
        if lines > FILE_LINES {
            faults.push(format!(
                "{} has {lines} lines, at most {FILE_LINES}",
                file.display()
            ));
        }
    }
    Ok(faults)
}

/// Returns every function that is too long.
pub fn function_sizes(house: &House) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in house.files(".rs") {
        let text = house.read(file)?;
        faults.extend(long_functions(file, &text)?);
    }
    Ok(faults)
}

/// Returns every function of one file that is too long.
pub(crate) fn long_functions(file: &Path, text: &str) -> Result<Vec<String>> {
    let parsed = syn::parse_file(text).with_context(|| file.display().to_string())?;
    let mut functions = Functions {
        faults: Vec::new(),
        file: file.display().to_string(),
    };
    functions.visit_file(&parsed);
    Ok(functions.faults)
}

struct Functions {
    file: String,
    faults: Vec<String>,
}

impl Functions {
    fn check(&mut self, name: &syn::Ident, signature: proc_macro2::Span, body: &syn::Block) {
        let lines = body.span().end().line + 1 - signature.start().line;
        if lines > FUNCTION_LINES {
            self.faults.push(format!(
                "{}: {name} has {lines} lines, at most {FUNCTION_LINES}",
                self.file
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.check(&it.sig.ident, it.sig.span(), &it.block);
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        self.check(&it.sig.ident, it.sig.span(), &it.block);
        visit::visit_impl_item_fn(self, it);
    }
}

/// Returns every Rust file that does not open by saying what it is for.
pub fn module_docs(house: &House) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in house.files(".rs") {
        if !house.read(file)?.starts_with("//! ") {
            faults.push(format!("{} does not open with //!", file.display()));
        }
    }
    Ok(faults)
}

/// Returns every Rust file that no `mod` line leads to, and every `mod.rs`.
pub fn unreached_files(house: &House) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in house.files(".rs") {
        let name = file
            .file_stem()
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name == "mod" {
            faults.push(format!(
                "{} should be the folder's name with .rs, beside the folder",
                file.display()
            ));
        }
        if matches!(name.as_str(), "lib" | "main" | "build") || is_target(house, file) {
            continue;
        }
        let Some(folder) = file.parent() else {
            continue;
        };
        let parents = [
            folder.join("lib.rs"),
            folder.join("main.rs"),
            folder.with_extension("rs"),
        ];
        let declaration = [format!("mod {name};"), format!("mod {name} {{")];
        let reached = parents.iter().filter(|it| house.has(it)).any(|parent| {
            let text = house.read(parent).unwrap_or_default();
            declaration.iter().any(|it| text.contains(it.as_str()))
        });
        if !reached {
            faults.push(format!("{} is reached by no mod line", file.display()));
        }
    }
    Ok(faults)
}

/// Tells whether cargo builds the file by itself: a program, an example, a crate's test binary.
fn is_target(house: &House, file: &Path) -> bool {
    let Some(folder) = file.parent() else {
        return false;
    };
    let in_crate = |parent: &Path| house.has(parent.join("Cargo.toml"));
    folder.ends_with("bin")
        || folder.ends_with("examples")
        || folder.ends_with("fuzz_targets")
        || (folder.ends_with("tests") && folder.parent().is_some_and(in_crate))
}
