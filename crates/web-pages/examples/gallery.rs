//! Writes every page in every state and language as a file, with the static files beside it, to look at in a browser:
//! `cargo run -p web-pages --example gallery -- <folder>`.

use std::path::Path;
use std::{env, fs, io};

use web_pages::render::{LocaleLink, PAGES, PageContext, STATIC_FILES};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("static"))?;
    for file in STATIC_FILES {
        fs::write(folder.join("static").join(file.name), file.bytes)?;
    }
    for locale in ["en", "de", "es", "fr"] {
        write_pages(folder, locale)?;
    }
    Ok(())
}

fn write_pages(folder: &Path, locale: &str) -> io::Result<()> {
    let locales: Vec<LocaleLink> =
        ["de", "en", "es", "fr"].iter().map(|tag| LocaleLink::new(tag, format!("?kc_locale={tag}"))).collect();
    let cx = PageContext {
        realm_name: "cochrane",
        realm_display_name: Some("Cochrane Account"),
        locale,
        locales: &locales,
        resources: "static",
        request_id: Some("01JD-7F3K-9Q2M"),
        ..PageContext::default()
    };
    for page in PAGES {
        for (state, html) in (page.render_samples)(&cx) {
            // The gallery is opened as files, whose origin is nobody's, so 'self' would match nothing.
            let html = html.map_err(io::Error::other)?.replace("'self'", "'self' file:");
            fs::write(folder.join(format!("{}.{}.{locale}.html", page.name, state.replace(' ', "-"))), html)?;
        }
    }
    Ok(())
}
