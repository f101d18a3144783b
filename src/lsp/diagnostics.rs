//! What there is to say of a document: why it is refused, what would change, and, as hints, what was left alone.

use gen_lsp_types::{Code, Diagnostic, DiagnosticSeverity, Message, Range};

use super::view::{Sight, View};
use crate::examine::findings::{Finding, Kind, Level, Trouble, findings, troubles};
use crate::examine::{Examination, Examined};
use crate::text::{LineIndex, TextRange};

/// The name of the program beside what it says.
const SOURCE: &str = "dockeropt";

pub(super) fn diagnostics(view: &View<'_>, sight: Sight) -> Vec<Diagnostic> {
    let lines = view.lines();
    let examined = match view.whole(sight) {
        Ok(examined) => examined,
        Err(failure) => {
            let trouble = Trouble { line: None, message: failure };
            return vec![of_trouble(view, &lines, &trouble, DiagnosticSeverity::Warning)];
        }
    };
    let severity = if matches!(examined.result, Examination::Refused(_)) {
        DiagnosticSeverity::Error
    } else {
        DiagnosticSeverity::Warning
    };
    let troubles = troubles(&examined);
    let mut all: Vec<_> = troubles.iter().map(|trouble| of_trouble(view, &lines, trouble, severity)).collect();
    all.extend(of_findings(view, &lines, &examined));
    all
}

fn of_findings(view: &View<'_>, lines: &LineIndex<'_>, examined: &Examined) -> Vec<Diagnostic> {
    let shown = |finding: &Finding<'_>| finding.kind != Kind::Declined || view.settings.shows_declined();
    findings(examined).iter().filter(|finding| shown(finding)).map(|finding| of_finding(view, lines, finding)).collect()
}

pub(super) fn of_finding(view: &View<'_>, lines: &LineIndex<'_>, finding: &Finding<'_>) -> Diagnostic {
    let severity = match (finding.kind, finding.level()) {
        (Kind::Declined, _) => DiagnosticSeverity::Hint,
        (_, Level::Warning) => DiagnosticSeverity::Warning,
        (_, Level::Note) => DiagnosticSeverity::Information,
    };
    let code = Some(Code::String(finding.transform.id.to_owned()));
    Diagnostic { code, ..diagnostic(view.range(lines, finding.range), severity, finding.full_message()) }
}

fn of_trouble(view: &View<'_>, lines: &LineIndex<'_>, trouble: &Trouble, severity: DiagnosticSeverity) -> Diagnostic {
    let line = lines.line(trouble.line.map_or(0, |line| line - 1)).unwrap_or(TextRange::empty(view.text().len()));
    let shown = view.text()[line].trim_end();
    let range = TextRange::new(line.start(), line.start() + shown.len());
    diagnostic(view.range(lines, range), severity, trouble.message.clone())
}

fn diagnostic(range: Range, severity: DiagnosticSeverity, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(severity),
        code: None,
        code_description: None,
        source: Some(SOURCE.to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: None,
        data: None,
    }
}
