//! Pages as HTML: a typed page and its [`PageContext`] go in, a string comes out.
//!
//! Nothing here knows HTTP, the store or a flow. Each page is a struct in [`pages`], a template of the same name in
//! `templates/`, and one line in [`PAGES`]. What other programs rely on is kept exactly: form ids, field names, link and
//! message ids, texts `[KC]`. Pages work without script, and their policy (`<meta>`) allows neither inline script nor style.

mod context;
mod environment;
mod fields;
mod locale;
mod messages;
pub mod pages;
mod sanitize;
mod static_files;
#[cfg(test)]
mod tests;

pub use context::{LocaleLink, PageContext};
pub(crate) use environment::escape;
pub use environment::{Page, RenderError, prepare, render};
pub use fields::{Notice, NoticeKind, ProfileField, UsernameLabel};
pub use locale::{LocaleRequest, RealmLocales, negotiate};
pub use messages::{Messages, RealmTexts, Text, Words, language_name};
pub use pages::{PAGES, PageEntry};
pub use static_files::{STATIC_FILES, StaticFile, build_tag, find_static_file};
