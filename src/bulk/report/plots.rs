//! Bars, drawn as SVG in the page.

use std::fmt::Write as _;

use super::html::escaped;

/// Width of a plot, in units of its own.
const WIDTH: u32 = 560;

/// Longest name that stands in front of its bar, in characters. If there is a longer one, names stand above their bars.
const NAME_CHARS_BESIDE: usize = 22;

/// Most characters of a name that is shown; all of it comes up below the pointer.
const NAME_CHARS_MAX: usize = 76;

/// Where names, bars and values stand.
struct Layout {
    /// Height of a bar with the space around it.
    row: u32,
    /// Where bars start.
    left: u32,
    /// Where a bar starts below the top of its row, and how high it is.
    bar: (u32, u32),
    /// Where names end, or start if they stand above.
    name: (u32, &'static str),
    name_line: u32,
    value_line: u32,
}

const BESIDE: Layout = Layout { row: 24, left: 172, bar: (4, 16), name: (162, "name"), name_line: 16, value_line: 16 };

const ABOVE: Layout = Layout { row: 38, left: 0, bar: (19, 11), name: (0, "above"), name_line: 14, value_line: 29 };

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
    let is_long = |bar: &Bar| bar.name.chars().count() > NAME_CHARS_BESIDE;
    let Layout { row, left, bar: (below, height), name: (start, class), name_line, value_line } =
        if bars.iter().any(is_long) { ABOVE } else { BESIDE };
    let count = u32::try_from(bars.len()).unwrap_or(u32::MAX);
    let mut svg = format!(
        "<figure><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(title),
        row.saturating_mul(count),
        escaped(title)
    );
    for (top, bar) in (0..).step_by(row as usize).zip(bars) {
        let top: u32 = top;
        let width = (f64::from(WIDTH - left - 90) * bar.value as f64 / most as f64).max(1.0);
        let (name, label) = (escaped(&bar.name), escaped(&bar.label));
        let _ = writeln!(
            svg,
            "<g><title>{name}: {label}</title><text class=\"{class}\" x=\"{start}\" y=\"{}\">{}</text>\
             <rect x=\"{left}\" y=\"{}\" width=\"{width:.1}\" height=\"{height}\" rx=\"3\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{}\">{label}</text></g>",
            top + name_line,
            escaped(&cut(&bar.name)),
            top + below,
            f64::from(left) + width + 8.0,
            top + value_line
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
