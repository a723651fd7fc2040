//! The style sheet's colours against WCAG 2.2 AA: text 4.5 to 1, edges of inputs 3 to 1, in light and dark.

use std::collections::HashMap;

use crate::render::find_static_file;

#[test]
fn every_pair_of_colours_can_be_told_apart() {
    let [light, dark] = palettes();
    for palette in [&light, &dark] {
        for ground in ["card", "ground", "field"] {
            for text in ["text", "muted", "accent", "accent-strong", "bad"] {
                assert_contrast(palette, text, ground, 4.5);
            }
            assert_contrast(palette, "line", ground, 3.0);
        }
        for kind in ["bad", "warn", "good", "info"] {
            assert_contrast(palette, kind, &format!("{kind}-ground"), 4.5);
        }
        for (text, ground) in
            [("on-accent", "accent"), ("on-accent", "accent-strong"), ("text", "glow"), ("text", "info-ground")]
        {
            assert_contrast(palette, text, ground, 4.5);
        }
    }
    assert_eq!(light.len(), dark.len());
}

fn assert_contrast(palette: &HashMap<String, [f64; 3]>, text: &str, ground: &str, least: f64) {
    let (a, b) = (luminance(palette[text]), luminance(palette[ground]));
    let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
    assert!(ratio >= least, "{text} on {ground}: {ratio:.2}");
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

/// The custom properties of the light and of the dark block.
fn palettes() -> [HashMap<String, [f64; 3]>; 2] {
    let css = std::str::from_utf8(find_static_file("countersign.css").unwrap().bytes).unwrap();
    let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap();
    let dark = &dark[..dark.find("\n}").unwrap()];
    [light, dark].map(|block| block.lines().filter_map(colour).collect())
}

fn colour(line: &str) -> Option<(String, [f64; 3])> {
    let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
    let part = |at: usize| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0;
    Some((name.to_owned(), [part(0), part(2), part(4)]))
}
