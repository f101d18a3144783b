//! Ports that code and settings name, and that may be for root alone.

use crate::known::{Table, table};

/// Words before and behind numbers.
static FACTS: Table = table!("ports.txt");

/// What is not root may listen on ports from here on, whatever runs the container.
const PORT_MIN: u32 = 1024;

/// Behind this a port stands as the last part of an address, or behind one.
const ADDRESS: &str = "addr";

/// Behind these stand numbers of other kinds too.
const VAGUE: &str = "word before other numbers too";

const WELL_KNOWN: &[u32] = &[21, 22, 25, 53, 67, 69, 80, 81, 82, 88, 389, 443, 445, 514];

/// How far behind the word the number may stand.
const BYTES_MAX: usize = 30;

/// A number behind a word about ports that may be a port for root alone.
pub(super) fn low_port(path: &str, text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let places = FACTS.of("word before a port").chain(FACTS.of(VAGUE)).flat_map(|word| lower.match_indices(word));
    // In `import` it is no word.
    let mut places = places.filter(|(at, _)| {
        let is_inside = text[..*at].ends_with(|before: char| before.is_ascii_alphabetic());
        !is_inside || text[*at..].starts_with(|first: char| first.is_ascii_uppercase() || first == ':')
    });
    let is_about_mail = FACTS.sign("word about another's port", &lower).is_some();
    let port = places.find_map(|(at, word)| {
        if FACTS.of("word of others").any(|other| lower[at..].starts_with(other)) {
            return None;
        }
        let line = lower[at + word.len()..].lines().next().unwrap_or_default();
        let is_low = |port: u32| match FACTS.has(VAGUE, word) {
            true => WELL_KNOWN.contains(&port),
            false => (1..PORT_MIN).contains(&port),
        };
        numbers(line, |before| word != ADDRESS || is_behind_address(before))
            .into_iter()
            .filter(|port| !is_about_mail || !FACTS.has("port of mail", &port.to_string()))
            .find(|port| is_low(*port))
    })?;
    Some(format!("`{path}` has `{port}`, which may be a port for root alone"))
}

/// The numbers that stand near the start of `line`, behind a word about ports: the first, and those that may stand instead of it; of those, the ones that
/// `is_place` takes by what stands before them.
fn numbers(line: &str, is_place: impl Fn(&str) -> bool) -> Vec<u32> {
    let near = line.char_indices().take_while(|(at, _)| *at < BYTES_MAX).last().map_or(0, |(at, c)| at + c.len_utf8());
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "_.-%#".contains(c);
    let mut numbers = Vec::new();
    let mut end_of_last = None;
    let mut at = 0;
    while let Some(start) = line.get(at..near).and_then(|rest| rest.find(is_of_word)).map(|start| at + start) {
        let end = line[start..].find(|c| !is_of_word(c)).map_or(line.len(), |end| start + end);
        at = end;
        let Ok(number) = line[start..end].parse::<u32>() else { continue };
        let between = end_of_last.map(|last: usize| &line[last..start]);
        if between.is_none_or(may_be_instead) && !is_amount(&line[end..]) && is_place(&line[..start]) {
            numbers.push(number);
        }
        end_of_last = Some(end);
    }
    numbers
}

/// Whether the number behind `before` may be the port of an address: `:80`, `("0.0.0.0", 80)`.
fn is_behind_address(before: &str) -> bool {
    before.ends_with(':') || before.trim_end_matches([' ', '"', '\'', '\\']).ends_with(',')
}

/// Whether the number behind `between` may be another value of what the number before it is: in a list, or behind `||`.
fn may_be_instead(between: &str) -> bool {
    let is_list = between.chars().all(|c| " ,\"'[]".contains(c));
    let is_other = between.contains([')', ',', ';', '{', '}', '#', '/', '"', '\'']);
    is_list || (!is_other && FACTS.sign("word between values", between).is_some())
}

/// Whether `behind` a number is a word that it counts.
fn is_amount(behind: &str) -> bool {
    let words = behind.trim_start_matches(' ');
    let word = words.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    FACTS.has("unit", word)
}

#[cfg(test)]
mod tests {
    use super::low_port;

    #[test]
    fn a_number_counts_where_a_port_stands() {
        for text in [
            "server.port=80",
            "app.listen(80)",
            "HTTPServer((\"0.0.0.0\", 80), Handler)",
            "port = 8080 if debug else 80",
            "PORT || 443",
            "ports: [\"8080\", \"80\"]",
            "\"Url\": \"http://*:80\"",
            "UseUrls(\"http://+:443\")",
            "options.ListenAnyIP(81)",
            "addr := \":80\"",
            "SocketAddr::from(([0, 0, 0, 0], 80))",
            "addr = (\"\", 80)",
        ] {
            assert!(low_port("a", text).is_some(), "{text}");
        }
        for text in [
            "listen(8080, () => log(\"21 bytes\"))",
            "listen(3000); // 80 columns",
            "port 21 bytes",
            "start in 80 ms",
            "listening on 8080 for 80 people",
            "Address::Script(hash) => (5, hash)",
            "let port = value(\"PORT\", |port| port.parse(), Some(8000))",
            "address: 12 Main Street",
            "import x from 80",
            "port: 8080 # not 80",
            "UseUrls(\"http://*:8080\")",
        ] {
            assert_eq!(low_port("a", text), None, "{text}");
        }
    }
}
