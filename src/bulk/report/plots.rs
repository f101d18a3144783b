//! Bars, drawn as SVG in the page.

use std::fmt::Write as _;

use super::html::escaped;

/// Width of a plot, in units of its own.
const WIDTH: u32 = 720;

/// Where bars start: names stand in front of them.
const LEFT: u32 = 330;

/// Height of a bar with the space around it.
const ROW: u32 = 24;

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 52;

/// A bar: what it is called, how long it is, and what stands behind it.
pub(super) struct Bar {
    pub name: String,
    pub value: u64,
    pub label: String,
}

/// A plot of `bars`, as wide as the page allows.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    if bars.is_empty() {
        return format!("<figure><figcaption>{}</figcaption><p class=\"none\">none</p></figure>\n", escaped(title));
    }
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let height = ROW * bars.len() as u32;
    let mut svg = format!(
        "<figure><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(title),
        escaped(title)
    );
    for (index, bar) in bars.iter().enumerate() {
        let top = ROW * index as u32;
        let room = WIDTH - LEFT - 80;
        let width = (f64::from(room) * bar.value as f64 / most as f64).max(1.0);
        let middle = top + 16;
        let _ = write!(
            svg,
            "<g><title>{}: {}</title><text class=\"name\" x=\"{}\" y=\"{middle}\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"16\" rx=\"3\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{middle}\">{}</text></g>\n",
            escaped(&bar.name),
            escaped(&bar.label),
            LEFT - 10,
            escaped(&cut(&bar.name)),
            top + 4,
            f64::from(LEFT) + width + 8.0,
            escaped(&bar.label)
        );
    }
    svg.push_str("</svg></figure>\n");
    svg
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME_CHARS_MAX - 1).collect();
    format!("{start}…")
}
