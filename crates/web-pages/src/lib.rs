//! What people see and touch: pages, and later the handlers that answer browsers.
//!
//! [`render`] turns a typed page into HTML and knows nothing of HTTP or the store.

pub mod render;
