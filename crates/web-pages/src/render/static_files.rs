//! The files pages point at: one style sheet, small scripts, an icon. Served by name, forever the same under one [`build_tag`].

/// A file as it is served.
#[derive(Debug, Clone, Copy)]
pub struct StaticFile {
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
}

/// Every file there is.
pub const STATIC_FILES: &[StaticFile] = &[
    css("countersign.css", include_bytes!("../../static/countersign.css")),
    script("show-password.js", include_bytes!("../../static/show-password.js")),
    script("form-post.js", include_bytes!("../../static/form-post.js")),
    script("frontchannel-logout.js", include_bytes!("../../static/frontchannel-logout.js")),
    script("login-status.js", include_bytes!("../../static/login-status.js")),
    script("third-party-cookies.js", include_bytes!("../../static/third-party-cookies.js")),
    StaticFile {
        name: "favicon.svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("../../static/favicon.svg"),
    },
];

/// The file of that name.
pub fn find_static_file(name: &str) -> Option<&'static StaticFile> {
    STATIC_FILES.iter().find(|file| file.name == name)
}

/// Five letters and digits that change when any file does: the part of resource URLs that lets caches keep them for a month.
pub const fn build_tag() -> &'static str {
    match std::str::from_utf8(&BUILD_TAG) {
        Ok(tag) => tag,
        Err(_) => "00000",
    }
}

const fn css(name: &'static str, bytes: &'static [u8]) -> StaticFile {
    StaticFile { name, content_type: "text/css;charset=utf-8", bytes }
}

const fn script(name: &'static str, bytes: &'static [u8]) -> StaticFile {
    StaticFile { name, content_type: "text/javascript;charset=utf-8", bytes }
}

/// FNV-1a over all bytes, in base 36. No secret hangs on it.
#[expect(clippy::indexing_slicing, reason = "computed at compile time, where a wrong index is a compile error")]
const BUILD_TAG: [u8; 5] = {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < STATIC_FILES.len() {
        let bytes = STATIC_FILES[file].bytes;
        let mut at = 0;
        while at < bytes.len() {
            hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            at += 1;
        }
        file += 1;
    }
    let mut tag = [b'0'; 5];
    let mut at = 0;
    while at < tag.len() {
        tag[at] = b"0123456789abcdefghijklmnopqrstuvwxyz"[(hash % 36) as usize];
        hash /= 36;
        at += 1;
    }
    tag
};
