//! Prepares what Tauri embeds: its context, and a stand-in page where the front end was not built yet.
//!
//! `generate_context!` refuses to compile without `desktop/dist`, and a machine without Node must still be able to
//! build and test the Rust side. The stand-in says how to build the real page; `npm run build` replaces it.

use std::path::Path;

const STAND_IN: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Posta</title>\
<p>The window's page is not built. In <code>desktop</code>, run <code>npm ci</code> and <code>npm run build</code>, \
then build this program again.</p></html>\n";

fn main() {
    let dist = Path::new("../dist");
    let page = dist.join("index.html");
    println!("cargo:rerun-if-changed=../dist");
    if !page.exists() {
        std::fs::create_dir_all(dist).expect("desktop/dist can be made");
        std::fs::write(&page, STAND_IN).expect("the stand-in page can be written");
    }
    tauri_build::build();
}
